import manifest from '../../package.json' with { type: 'json' };

/** The version of this program, from package.json. */
export const VERSION: string = manifest.version;

/** The version of Packer whose template language this program speaks: `packer.version` and `required_version` refer to it. */
export const PACKER_VERSION = '1.16.0';
