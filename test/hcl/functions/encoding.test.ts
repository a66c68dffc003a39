// Functions that read and write other forms: JSON, YAML, CSV, base64, URLs; and those of hashes, keys and networks.
import assert from 'node:assert/strict';
import { constants, createHash, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  asString,
  evaluate,
  functions,
  parseExpression,
  stringValue,
  valueText,
} from '../../../src/hcl/index.ts';
import { run, tables } from './rows.ts';

const bcryptjs = createRequire(import.meta.url)('bcryptjs') as {
  compareSync(password: string, hash: string): boolean;
};
const escaped = (text: string): string => JSON.stringify(text);
const text = (source: string): string => asString(run(source).value);

tables({
  jsondecode: [
    [
      'jsondecode("{\\"b\\":[1,true,null],\\"a\\":\\"x\\"}")',
      '{"a":"x","b":[1,true,null]}',
      'object({ a = string, b = tuple([number, bool, any]) })',
    ],
    ['jsondecode("123456789012345678901234567890.5")', '123456789012345678901234567890.5'],
    ['jsondecode("-0")', '-0'],
    ['jsondecode("{\\"a\\":1,\\"a\\":2}")', '{"a":2}'],
    ['jsondecode("\\"\\\\ud800\\\\u00e9\\"")', '"\ufffdé"'],
    ['jsondecode("{\\"a\\":\\"1\\",\\"a\\":2,\\"__proto__\\":3}").a', '2'],
    ['jsondecode("{\\"a\\":[],\\"a\\":2}")', /several times/],
    ['jsondecode("[1,]")', /not valid JSON at line 1, column 4/],
    ['jsondecode("{")', /JSON/],
    ['jsondecode("")', /ends too early/],
    ['jsondecode("1 2")', /not valid JSON/],
    ['jsondecode("{\\"e\\\\u0301\\":1}")', /normalization form C/],
    [`jsondecode("${'['.repeat(3000)}${']'.repeat(3000)}")`, /deeper than 2000/],
    ['jsondecode(unknown)', { unknown: 'any' }],
    ['jsondecode("1\\"geheim")', /^(?!.*geheim)/s],
  ],
  jsonencode: [
    [
      'jsonencode({ b = [1, null, true], a = "<&>\\u2028\\n\\u0001" })',
      escaped('{"a":"\\u003c\\u0026\\u003e\\u2028\\n\\u0001","b":[1,null,true]}'),
      'string',
    ],
    ['jsonencode(1e21)', '"1000000000000000000000"'],
    ['jsonencode(convert(["b", "a"], set(string)))', escaped('["a","b"]')],
    ['jsonencode(null)', '"null"'],
    ['jsonencode(1 / 0)', /no infinite numbers/],
    ['jsonencode(part_unknown)', { unknown: 'string' }],
    ['jsonencode(part_secret_map)', { sensitive: escaped('{"k":"v"}') }],
  ],
  'yamlencode: scalars': [
    ['yamlencode("true")', escaped('"true"\n')],
    ['yamlencode("a\\nb\\n")', escaped('|\n  a\n  b\n')],
    ['yamlencode("a\\nb")', escaped('|-\n  a\n  b\n')],
    ['yamlencode("a\\n\\n")', escaped('|+\n  a\n\n')],
    ['yamlencode(" a\\nb")', escaped('|2-\n   a\n  b\n')],
    ['yamlencode("a \\nb")', escaped('"a \\nb"\n')],
    ['yamlencode("\\u0001\\t\\u00e9😀")', escaped('"\\x01\\té\\U0001F600"\n')],
    ['yamlencode("\\ufeff a")', escaped('"\\uFEFF\\x20\\x61"\n')],
    ['yamlencode(null)', escaped('null\n...\n')],
    ['yamlencode(1.50)', escaped('1.5\n...\n')],
    [
      `yamlencode("${'word '.repeat(20)}end")`,
      escaped(`"${'word '.repeat(17).trimEnd()}\n  word word word end"\n`),
    ],
    ['yamlencode(part_unknown)', { unknown: 'string' }],
  ],
  'yamlencode: collections': [
    [
      'yamlencode({ b = [1, { x = true, y = [] }], a = {} })',
      escaped('"a": {}\n"b":\n- 1\n- "x": true\n  "y": []\n'),
    ],
    ['yamlencode([[1, [2]], "a\\nb"])', escaped('- - 1\n  - - 2\n- |-\n  a\n  b\n')],
    ['yamlencode({ a = { b = "x\\ny\\n" } })', escaped('"a":\n  "b": |\n    x\n    y\n')],
    ['yamlencode({ "a\\nb" = 1 })', escaped('? |-\n  a\n  b\n: 1\n')],
    [`yamlencode({ "${'k'.repeat(129)}" = [1] })`, escaped(`? "${'k'.repeat(129)}"\n: - 1\n`)],
  ],
  'yamldecode: plain scalars as in YAML 1.1': [
    ['yamldecode("[y, No, on, OFF, true]")', '[true,false,true,false,true]'],
    [
      'yamldecode("[017, 0x1f, 0b11, 1_000, 1e3, .5, 1:30, 1.2.3]")',
      '[17,"0x1f",3,1000,1000,0.5,"1:30","1.2.3"]',
    ],
    [
      'yamldecode("[2024-3-5, 2024-03-05 4:07:09, 2024-03-05t04:07:09.5+02:00, 2024-02-30]")',
      '["2024-03-05T00:00:00Z","2024-03-05T04:07:09Z","2024-03-05T04:07:09+02:00","2024-02-30"]',
    ],
    ['yamldecode("[~, null, \\"null\\", \'12\']")', '[null,null,"null","12"]'],
    ['yamldecode("[!!str 1, !!int 0x1f, !!float 1, !!bool y]")', '["1",31,1,true]'],
    ['yamldecode("null")', 'null'],
    ['yamldecode(".nan")', /NaN/],
    ['yamldecode("!foo x")', /tag that is not supported/],
    ['yamldecode("! 1")', /tag that is not supported/],
  ],
  'yamldecode: documents': [
    [
      'yamldecode("a: 1\\na: [x]\\ny: {b: \\"c\\"}\\n")',
      '{"a":["x"],"true":{"b":"c"}}',
      'object({ a = tuple([string]), true = object({ b = string }) })',
    ],
    ['yamldecode("a: &x {k: 1}\\nb:\\n  <<: *x\\n  l: 2\\n")', '{"a":{"k":1},"b":{"k":1,"l":2}}'],
    ['yamldecode("a: |\\n  yes\\nb: |-\\n  1e3\\n")', '{"a":"yes\\n","b":"1000"}'],
    ['yamldecode("|+\\n  a\\n  b")', '"a\\nb"'],
    ['yamldecode("\\ufeff- a\\r\\n- b\\r\\n")', '["a","b"]'],
    ['yamldecode("")', /no document/],
    ['yamldecode("# c")', /no document/],
    ['yamldecode("...")', /no document/],
    ['yamldecode("---")', 'null'],
    ['yamldecode("a\\n---\\nb")', /more than one document/],
    ['yamldecode("a: *x")', /not valid YAML at line 1|no anchor/],
    ['yamldecode("a: &x [*x]")', /within its own anchor/],
    ['yamldecode("~: 1")', /key in the YAML is null/],
    ['yamldecode("[a]: 1")', /key in the YAML is no scalar/],
    ['yamldecode("a:\\n\\tb: 1")', /line 2/],
    ['yamldecode("\\u0001")', /line 1, column 1/],
    [
      `yamldecode("a: &a [x,x,x,x,x,x,x,x]\\n${'bcdefghi'.replace(
        /./g,
        (name) =>
          `${name}: &${name} [${Array(8)
            .fill(`*${String.fromCharCode(name.charCodeAt(0) - 1)}`)
            .join(',')}]\\n`,
      )}")`,
      /1000000 nodes/,
    ],
    ['yamldecode(unknown)', { unknown: 'any' }],
  ],
  'yamldecode: quotes and brackets may go on in any column': [
    ['yamldecode("a:\\n  b: [\\n 1,\\n2\\n]\\nc: {\\n\\"k\\": 1\\n}\\n")', '{"a":{"b":[1,2]},"c":{"k":1}}'],
    ['yamldecode("a:\\n- \\"x\\n\\n  y\\"\\n- it\'s\\n- \'v\\nw\'\\n")', '{"a":["x\\ny","it\'s","v w"]}'],
    ['yamldecode("a: |\\n  \\"x\\n  [\\nb: [\\n1]\\n")', '{"a":"\\"x\\n[\\n","b":[1]}'],
    ['yamldecode("a: [1\\nb: 2\\n")', /not valid YAML at line/],
    ['yamldecode("a: [1, !foo x]\\n")', /in line 1 of the YAML, .*tag/],
  ],
  csvdecode: [
    [
      'csvdecode("a,b\\r\\n\\"x,\\r\\ny\\",\\"q\\"\\"\\"\\r\\n\\r\\n 1 ,")',
      '[{"a":"x,\\ny","b":"q\\""},{"a":" 1 ","b":""}]',
      'list(object({ a = string, b = string }))',
    ],
    ['csvdecode("a\\n")', '[]', 'list(object({ a = string }))'],
    ['csvdecode("\\ufeffa\\n#x")', '[{"\ufeffa":"#x"}]'],
    ['csvdecode("\\n")', /no header/],
    ['csvdecode("a,a\\n1,2")', /same name/],
    ['csvdecode("a,b\\n1\\n")', /row 1 .* 1 fields/],
    ['csvdecode("a\\n\\"x\\"y\\n")', /misplaced quote in line 2/],
    ['csvdecode("a\\n\\"x")', /no closing quote/],
    ['csvdecode(unknown)', { unknown: 'any' }],
  ],
  'base64, URLs, character encodings': [
    ['base64encode("é")', '"w6k="'],
    ['base64decode("w6\\nk=")', '"é"'],
    ['base64decode("w6k")', /not valid base64/],
    ['base64decode("/w==")', /not valid UTF-8/],
    ['base64decode(base64encode(secret))', { sensitive: '"geheim"' }],
    ['urlencode("a b&c=d/é~*\'(!)")', '"a+b%26c%3Dd%2F%C3%A9~%2A%27%28%21%29"'],
    ['textencodebase64("aé", "UTF-16LE")', '"YQDpAA=="'],
    ['textencodebase64("a", "UTF-16")', '"/v8AYQ=="'],
    ['textencodebase64("é", "ISO-8859-1")', '"6Q=="'],
    ['textencodebase64("€", "ISO-8859-1")', /argument "string"/],
    ['textencodebase64("a", "nonsense")', /argument "encoding_name"/],
    ['textencodebase64("a", "hex")', /argument "encoding_name"/],
    ['textdecodebase64("YQDpAA==", "UTF-16LE")', '"aé"'],
    ['textdecodebase64("/v8AYQ==", "UTF-16")', '"a"'],
    ['textdecodebase64("//5hAA==", "UTF-16")', '"a"'],
    ['textdecodebase64("gA==", "windows-1252")', '"€"'],
    ['textdecodebase64("/w==", "UTF-8")', /argument "source"/],
    ['textdecodebase64("?", "UTF-8")', /argument "source".*base64/],
  ],
  'hashes and UUIDs': [
    ['md5("é")', `"${createHash('md5').update('é').digest('hex')}"`],
    ['sha1("")', '"da39a3ee5e6b4b0d3255bfef95601890afd80709"'],
    ['sha256("a")', `"${createHash('sha256').update('a').digest('hex')}"`],
    ['sha512("a")', `"${createHash('sha512').update('a').digest('hex')}"`],
    ['uuidv5("dns", "tada")', '"faa898db-9b9d-5b75-86a9-149e7bb8e3b8"'],
    ['uuidv5("{6BA7B810-9dad-11d1-80b4-00c04fd430c8}", "tada")', '"faa898db-9b9d-5b75-86a9-149e7bb8e3b8"'],
    ['uuidv5("6ba7b8109dad11d180b400c04fd430c8", "tada")', '"faa898db-9b9d-5b75-86a9-149e7bb8e3b8"'],
    ['uuidv5("nobody", "tada")', /"oid", "x500" or a UUID/],
    ['bcrypt("a", 4, 5)', /a password and a cost/],
    ['bcrypt("a", 32)', /above 31/],
    [`bcrypt("${'é'.repeat(37)}", 4)`, /72 bytes/],
    ['rsadecrypt("?", "x")', /base64/],
    ['rsadecrypt("YQ==", "x")', /not in PEM form/],
    ['rsadecrypt("YQ==", "-----BEGIN RSA PRIVATE KEY-----\\nProc-Type: 4,ENCRYPTED\\n")', /passphrase/],
  ],
  'cidrhost, cidrnetmask, cidrsubnet': [
    ['cidrhost("192.168.1.77/24", 5)', '"192.168.1.5"', 'string'],
    ['cidrhost("192.168.1.0/24", -1)', '"192.168.1.255"'],
    ['cidrhost("192.168.1.0/30", 4)', /no address with the number 4/],
    ['cidrhost("fd00::/48", 65536)', '"fd00::1:0"'],
    ['cidrhost("1::/16", 1)', '"1::1"'],
    ['cidrhost("10.0.0.0", 1)', /CIDR notation/],
    ['cidrhost("010.0.0.0/8", 1)', /CIDR notation/],
    ['cidrhost("10.0.0.0/33", 1)', /CIDR notation/],
    ['cidrnetmask("10.0.0.0/12")', '"255.240.0.0"'],
    ['cidrnetmask("1::/64")', '"ffff:ffff:ffff:ffff::"'],
    ['cidrsubnet("10.0.0.0/8", 8, 255)', '"10.255.0.0/16"'],
    ['cidrsubnet("fe80::/48", 16, 6)', '"fe80:0:0:6::/64"'],
    ['cidrsubnet("::ffff:192.168.0.0/112", 8, 6)', '"192.168.6.0/24"'],
    ['cidrsubnet("10.0.0.0/30", 4, 0)', /an address has 32/],
    ['cidrsubnet("10.0.0.0/8", 2, 4)', /no part with the number 4/],
    ['cidrsubnet("::/0", 33, 0)', /at most 32 bits/],
    ['cidrhost(unknown, 1)', { unknown: 'string' }],
  ],
  cidrsubnets: [
    [
      'cidrsubnets("10.0.0.0/21", 3, 4, 3, 7)',
      '["10.0.0.0/24","10.0.1.0/25","10.0.2.0/24","10.0.3.0/28"]',
      'list(string)',
    ],
    ['cidrsubnets("10.0.0.0/8")', '[]'],
    ['cidrsubnets("10.0.0.0/8", 1, 1, 1)', /argument "newbits".*no room/],
    ['cidrsubnets("10.0.0.0/8", 0)', /at least one bit/],
    ['cidrsubnets("10.0.0.0/30", 3)', /too long/],
    ['cidrsubnets("x", 1)', /argument "prefix"/],
  ],
});

test('base64gzip compresses, with a header that is the same everywhere', () => {
  const bytes = Buffer.from(text('base64gzip("aaaaaaaaaaaaaaaaaaaaaaaaé")'), 'base64');
  assert.equal(gunzipSync(bytes).toString(), 'aaaaaaaaaaaaaaaaaaaaaaaaé');
  assert.equal(bytes[9], 255);
});

test('bcrypt makes a hash that fits the password, with a salt of its own', () => {
  const hash = text('bcrypt("geheim", 4)');
  assert.match(hash, /^\$2a\$04\$/);
  assert.ok(bcryptjs.compareSync('geheim', hash));
  assert.ok(!bcryptjs.compareSync('Geheim', hash));
  assert.notEqual(text('bcrypt("geheim", 4)'), hash);
});

test('uuidv4 makes random UUIDs', () => {
  assert.match(text('uuidv4()'), /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.notEqual(text('uuidv4()'), text('uuidv4()'));
});

test('rsadecrypt decrypts what was encrypted with the public key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const padding = constants.RSA_PKCS1_PADDING;
  const message = publicEncrypt({ key: publicKey, padding }, Buffer.from('grüße')).toString('base64');
  assert.equal(text(`rsadecrypt(${escaped(message)}, ${escaped(pem)})`), 'grüße');
  const other = Buffer.alloc(128, 1).toString('base64');
  const [failure] = run(`rsadecrypt(${escaped(other)}, ${escaped(pem)})`).diagnostics;
  assert.match(failure!.detail, /does not belong to this key/);
});

test('long texts are read, whatever is in them', () => {
  const result = (source: string, given: string): string => {
    const { expression } = parseExpression({ filename: 'test', text: source });
    const { value, diagnostics } = evaluate(expression, {
      functions,
      variables: new Map([['given', stringValue(given)]]),
    });
    assert.deepEqual(diagnostics, []);
    return valueText(value);
  };
  assert.equal(result('length(jsondecode(given))', `"${'x'.repeat(12_000_000)}"`), '12000000');
  assert.equal(
    result('length(base64decode(given))', Buffer.alloc(9_000_000, 'a').toString('base64')),
    '9000000',
  );
  // All on one line.
  const list = JSON.stringify(
    Array.from({ length: 4_000 }, (_, index) => ({ index, text: `a "quoted\\" ${index}` })),
  );
  assert.equal(result('length(jsondecode(given))', list), '4000');
  assert.equal(result('yamldecode(given) == jsondecode(given)', list), 'true');
});
