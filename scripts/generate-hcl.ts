// Generated and mutated templates for the fuzz run, the comparison with HashiCorp's parser, and the benchmarks. The same
// seed gives the same texts on every machine.

/** A random number generator (xorshift32) that a seed determines. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 1;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  one<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  many(from: number, to: number, make: (index: number) => string, separator: string): string {
    const count = from + this.below(to - from + 1);
    return Array.from({ length: count }, (_, index) => make(index)).join(separator);
  }
}

const NAMES = ['a', 'memory', 'disk-size', '_x', 'größe', 'for', 'null', 'x1'];
const TEXTS = [
  '',
  'abc',
  ' x ',
  '\\n\\"\\\\',
  '\\u00e9',
  '日本',
  '$${x}',
  '%%{y}',
  '$ % $$',
  '{{ .HTTPIP }}',
  '<enter>',
];
const NUMBERS = ['0', '42', '1.5', '2e3', '007', '12345678901234567890.125'];
const OPERATORS = ['+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||'];

/** An expression in the native syntax, valid in every detail, nested up to `depth` levels. */
export function generateExpression(random: Random, depth: number): string {
  const inner = (): string => generateExpression(random, depth - 1);
  switch (random.below(depth > 0 ? 18 : 6)) {
    case 0:
      return random.one(NUMBERS);
    case 1:
    case 2:
      return `"${random.one(TEXTS)}"`;
    case 3:
      return random.one(['true', 'false', 'null']);
    case 4:
      return `var.${random.one(NAMES)}`;
    case 5:
      return `${random.one(NAMES.slice(0, 4))}${random.one(['', '[0]', '["k"]', '.b.0', '[*].b', '.*.b'])}`;
    case 6:
      return `(${inner()})`;
    case 7:
      return `[${random.many(0, 3, inner, ', ')}${random.one(['', ''])}]`;
    case 8:
      return `{ ${random.many(0, 3, () => `${random.one(NAMES.slice(0, 4))} = ${inner()}`, ', ')} }`;
    case 9:
      return `{\n${random.many(0, 3, () => `"${random.one(NAMES)}" : ${inner()}\n`, '')}}`;
    case 10:
      return `${random.one(['upper', 'max', 'ns::f'])}(${random.many(0, 3, inner, ',\n')})`;
    case 11:
      return `"${random.one(TEXTS)}\${${random.one(['', '~ '])}${inner()}${random.one(['', ' ~'])}}${random.one(TEXTS)}"`;
    case 12:
      return `"%{ if ${inner()} }x%{ else }\${${inner()}}%{ endif }"`;
    case 13:
      return `${random.one(['-', '!'])}${inner()}`;
    case 14:
      return `${inner()} ${random.one(OPERATORS)} ${inner()}`;
    case 15:
      return `(${inner()} ? ${inner()} : ${inner()})`;
    case 16:
      return `[for k, v in ${inner()} : ${inner()} if ${inner()}]`;
    default:
      return `{for v in ${inner()} : v => ${inner()}...}`;
  }
}

/** The items of a body in the native syntax, valid in every detail, nested up to `depth` levels. */
export function generateBody(random: Random, depth: number, indent = ''): string {
  const used = new Set<string>();
  return random.many(
    depth > 1 ? 1 : 0,
    4,
    (index) => {
      const name = `${random.one(NAMES)}${used.size || random.below(2) ? `-${index}` : ''}`;
      used.add(name);
      const end = random.one(['\n', '\n', ' # comment\n', ' /* c */\n', '\r\n', '\n\n']);
      switch (random.below(depth > 0 ? 6 : 3)) {
        case 0:
          return `${indent}${name} = <<${random.one(['', '-'])}EOT\n  ${random.one(TEXTS)}\n \${${name}}x\n${indent}EOT\n`;
        case 1:
        case 2:
          return `${indent}${name}${random.one([' = ', '='])}${generateExpression(random, 2)}${end}`;
        case 3:
          return `${indent}${name} ${random.one(['"l"', 'l "m"'])} {}${end}`;
        case 4:
          return `${indent}${name} { a = ${generateExpression(random, 1)} }${end}`;
        default: {
          const inner = generateBody(random, depth - 1, `${indent}  `);
          return `${indent}${name} ${random.one(['', '"l" ', '"l" m '])}{${end}${inner}${indent}}\n`;
        }
      }
    },
    '',
  );
}

const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    '"x"',
    '${',
    '%{',
    '~}',
    '}',
    '$${',
    '=',
    '==',
    '=>',
    ',',
    '.',
    '...',
    ':',
    '::',
  ],
  ...[
    '\n',
    '\r\n',
    '\r',
    '\t',
    ' ',
    '\\',
    '\\u12',
    '#',
    '//',
    '/*',
    '*/',
    '<<EOT\n',
    '<<-E\n',
    'EOT\n',
    '?',
    '!',
    '-',
    '*',
  ],
  ...[
    'for ',
    ' in ',
    'if ',
    '%{ if a }',
    '%{ endif }',
    '%{ for x in y }',
    '%{ endfor }',
    '%{ else }',
    'null',
    'a',
    '1e9',
  ],
  ...[
    "'",
    '`',
    ';',
    '&',
    '|',
    '@',
    '\0',
    '\ufeff',
    '\u200d',
    '\u0301',
    'é',
    '👨‍👩‍👧',
    '\u2028',
    '0.0',
    '.*',
    '[*]',
  ],
];

/** `text` with a few random changes: pieces put in, taken out, doubled, or moved here from `other`. */
export function mutate(random: Random, text: string, other: string): string {
  let result = text;
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    const at = random.below(result.length + 1);
    const length = random.below(5) === 0 ? random.below(60) : 1;
    switch (random.below(5)) {
      case 0:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 1:
        result = result.slice(0, at) + random.one(PIECES) + result.slice(at);
        break;
      case 2:
        result = result.slice(0, at) + random.one(PIECES) + result.slice(at + length);
        break;
      case 3:
        result = result.slice(0, at) + result.slice(Math.max(0, at - length), at) + result.slice(at);
        break;
      default: {
        const from = random.below(other.length + 1);
        result = result.slice(0, at) + other.slice(from, from + random.below(80)) + result.slice(at);
      }
    }
  }
  return result;
}

/** A template of about `bytes` characters as people write them: sources, provisioners, variables. */
export function generateTemplate(bytes: number, seed = 1): string {
  const random = new Random(seed);
  const parts: string[] = [];
  let length = 0;
  for (let i = 0; length < bytes; i++) {
    const part = `variable "v${i}" {
  type        = list(string)
  default     = ["a${i}", "b${random.below(1000)}"]
  description = "Number ${i} of the generated variables" # as people comment
}

source "vmm" "machine-${i}" {
  vm_name    = "\${var.v${i}[0]}-${i}"
  memory     = ${128 * (1 + random.below(64))}
  disk_size  = "${1 + random.below(20)}G"
  boot_command = [
    "<enter><wait5>",
    "install http://{{ .HTTPIP }}:{{ .HTTPPort }}/install-${i}.conf<enter>",
  ]
  options = { for k, v in var.v${i} : upper(k) => v == "x" ? null : [v, ${random.below(100)} + 1] }
  user_data = <<-EOT
    #!/bin/sh
    echo \${join(",", var.v${i})} $HOME
    %{ if length(var.v${i}) > 0 ~}
    true
    %{ endif ~}
  EOT
}

`;
    parts.push(part);
    length += part.length;
  }
  return parts.join('');
}
