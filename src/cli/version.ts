import manifest from '../../package.json' with { type: 'json' };

export { PACKER_VERSION } from '../lib/packer-version.ts';

/** The version of this program, from package.json. */
export const VERSION: string = manifest.version;
