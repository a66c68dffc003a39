/** `cd_files`, `cd_content` and `cd_label`: a CD that is made for the build. */
export interface CdSource {
  /** Paths of files and folders, or patterns of Go's filepath.Glob, as they are written. */
  readonly files: readonly string[];
  /** Absolute path at which the relative ones start. */
  readonly directory: string;
  /** Texts by their paths on the CD, without a slash in front. They win over files. */
  readonly content: Readonly<Record<string, string>>;
  readonly label: string;
}
