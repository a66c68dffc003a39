/** What a builder or a post-processor hands over. */
export interface Artifact {
  /** Identifies the kind of builder, as in Packer's manifest. */
  readonly builderId: string;
  /** Identifies this artifact, for the manifest's `artifact_id`. */
  readonly id: string;
  /** Absolute paths. */
  readonly files: readonly string[];
  /** One line for the final list of artifacts. */
  readonly description: string;
  /** Removes the files. Idempotent. */
  destroy(): Promise<void>;
}
