/** Names of the special keys of Packer's boot_command, in lower case; they are written `<name>` in any case. */
export const SPECIAL_KEYS = [
  'bs',
  'del',
  'enter',
  'return',
  'esc',
  'tab',
  'f1',
  'f2',
  'f3',
  'f4',
  'f5',
  'f6',
  'f7',
  'f8',
  'f9',
  'f10',
  'f11',
  'f12',
  'up',
  'down',
  'left',
  'right',
  'spacebar',
  'insert',
  'home',
  'end',
  'pageup',
  'pagedown',
  'menu',
  'leftalt',
  'rightalt',
  'leftctrl',
  'rightctrl',
  'leftshift',
  'rightshift',
  'leftsuper',
  'rightsuper',
  'leftcommand',
  'rightcommand',
  'leftoption',
  'rightoption',
] as const;

export type SpecialKey = (typeof SPECIAL_KEYS)[number];

const NAMES: ReadonlySet<string> = new Set(SPECIAL_KEYS);

export function isSpecialKey(name: string): name is SpecialKey {
  return NAMES.has(name);
}

export type Modifier = 'shift' | 'alt' | 'ctrl';

/** What a modifier key does on a serial line; `none`: nothing, such as Super; undefined: the key is no modifier. */
export function modifierOf(key: SpecialKey): Modifier | 'none' | undefined {
  switch (key) {
    case 'leftshift':
    case 'rightshift':
      return 'shift';
    case 'leftctrl':
    case 'rightctrl':
      return 'ctrl';
    case 'leftalt':
    case 'rightalt':
    case 'leftoption':
    case 'rightoption':
      return 'alt';
    case 'leftsuper':
    case 'rightsuper':
    case 'leftcommand':
    case 'rightcommand':
      return 'none';
    default:
      return undefined;
  }
}
