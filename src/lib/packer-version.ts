/** The version of Packer whose language this is: `packer.version`, `{{ packer_version }}`, `required_version`. */
export const PACKER_VERSION = '1.16.0';
