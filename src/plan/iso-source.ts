import type { ChecksumSource } from '../lib/checksum.ts';

/** `iso_url`, `iso_urls`, `iso_checksum` and `iso_target_path`: an ISO image that is fetched before the build. */
export interface IsoSource {
  /** In the order in which they are tried: `http:` and `https:` URLs, or absolute paths. At least one. */
  readonly urls: readonly string[];
  /** The place of a file of checksums is a URL or an absolute path too. */
  readonly checksum: ChecksumSource;
  /** Absolute path. */
  readonly targetPath?: string;
  /** Absolute path of the cache, which may not exist yet. */
  readonly cacheDirectory: string;
}
