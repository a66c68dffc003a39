import { fileURLToPath } from 'node:url';

const path = (relative: string): string => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));

export const ROOT = path('');
/** The program as users run it. */
export const CLI = path('dist/vmm-hcl.js');
export const GUEST_ISO = path('.cache/guest/tiny-linux.iso');
export const EXAMPLE = path('examples/tiny-linux');
export const TEMPLATES = path('test/e2e/templates');
export const VMCTL_TAP = path('fixtures/vmctl-tap');
/** The strict fake. */
export const VMCTL_FAKE = path('fixtures/vmctl');
