import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { TemplateError, buildFunctions, checkTemplate, renderTemplate } from '../../src/template/index.ts';
import type { DatumMap } from '../../src/template/index.ts';

const data: DatumMap = {
  VMName: 'web',
  HTTPIP: '100.64.1.2',
  HTTPPort: 8123,
  Empty: '',
  Zero: 0,
  No: false,
  List: ['a', 'b', 'c'],
  Nothing: [],
  Map: { z: 1, a: 2 },
  EmptyMap: {},
  Deep: { inner: { leaf: 'x' } },
  Html: '<a href="x">&\'</a>',
};

const rendered: [text: string, expected: string][] = [
  ['plain text, {one brace}, }}', 'plain text, {one brace}, }}'],
  ['{{ .VMName }}', 'web'],
  ['{{.VMName}}', 'web'],
  ['http://{{ .HTTPIP }}:{{ .HTTPPort }}/install.conf', 'http://100.64.1.2:8123/install.conf'],
  ['{{ .Missing }}', '<no value>'],
  ['{{ .Missing.Deeper }}', '<no value>'],
  ['{{ .Deep.inner.leaf }}', 'x'],
  ['{{ (.Deep.inner).leaf }}', 'x'],
  ['{{ $.VMName }}', 'web'],
  ['{{ .Html }}', '<a href="x">&\'</a>'],
  ['{{ "<&>" }}{{ `"\\n` }}', '<&>"\\n'],
  ['{{ "a\\tb\\x41\\u00e9\\101" }}', 'a\tbA\u00e9A'],
  ["{{ 'A' }} {{ 0x1f }} {{ 017 }} {{ 1_000 }} {{ -3 }} {{ 1.5 }}", '65 31 15 1000 -3 1.5'],
  ['{{ true }} {{ false }}', 'true false'],
  ['{{ .List }} {{ .Map }}', '[a b c] map[a:2 z:1]'],
  // Comments and trim markers.
  ['a {{/* note }} still note */}} b', 'a  b'],
  ['a {{- /* note */ -}} b', 'ab'],
  ['a \n {{- .VMName -}} \n b', 'awebb'],
  ['a {{-3}} b', 'a -3 b'],
  ['{{ .VMName -}}\n\n{{- .VMName }}', 'webweb'],
  // Pipes: the value is the last argument.
  ['{{ .VMName | upper }}', 'WEB'],
  ['{{ "x" | printf "%s-%s" "a" }}', 'a-x'],
  ['{{ .VMName | replace_all "w" "W" | printf "%q" }}', '"Web"'],
  ['{{ replace "a" "b" 1 "aaa" }} {{ replace "a" "b" -1 "aaa" }}', 'baa bbb'],
  ['{{ replace_all "." "$&" "1.2" }}', '1$&2'],
  ['{{ split "a-b-c" "-" 1 }}', 'b'],
  ['{{ upper (lower "ABC") }}', 'ABC'],
  ['{{ upper "straße" }} {{ lower "İX" }}', 'STRAßE ix'],
  // Conditions: empty is false.
  ['{{ if .VMName }}yes{{ else }}no{{ end }}', 'yes'],
  ['{{ if .Empty }}yes{{ else }}no{{ end }}', 'no'],
  [
    '{{ if .Zero }}1{{ end }}{{ if .No }}2{{ end }}{{ if .Nothing }}3{{ end }}{{ if .EmptyMap }}4{{ end }}.',
    '.',
  ],
  ['{{ if .Missing }}1{{ else if eq .VMName "db" "web" }}2{{ else }}3{{ end }}', '2'],
  ['{{ if and .VMName (not .Empty) }}1{{ end }}', '1'],
  ['{{ and .Missing "x" }} {{ and "a" "b" }} {{ or .Empty "x" }} {{ or "" 0 }}', '<no value> b x 0'],
  // `and` and `or` look at nothing after the argument that decides.
  ['{{ or .VMName (index .List 9) }}', 'web'],
  ['{{ if and .Missing (index .List 9) }}1{{ else }}2{{ end }}', '2'],
  [
    '{{ eq 1 1 }} {{ ne "a" "b" }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1 2 }}',
    'true true true true true false',
  ],
  // Blocks and variables.
  ['{{ with .Deep.inner }}{{ .leaf }}{{ $.VMName }}{{ else }}none{{ end }}', 'xweb'],
  ['{{ with .Missing }}{{ . }}{{ else }}{{ .VMName }}{{ end }}', 'web'],
  ['{{ with $x := .VMName }}{{ $x }}{{ end }}', 'web'],
  ['{{ range .List }}[{{ . }}]{{ end }}', '[a][b][c]'],
  ['{{ range $i, $e := .List }}{{ if $i }},{{ end }}{{ $i }}={{ $e }}{{ end }}', '0=a,1=b,2=c'],
  ['{{ range $k, $v := .Map }}{{ $k }}{{ $v }} {{ end }}', 'a2 z1 '],
  ['{{ range .Nothing }}x{{ else }}empty{{ end }}', 'empty'],
  ['{{ range .Missing }}x{{ else }}empty{{ end }}', 'empty'],
  ['{{ $v := "a" }}{{ if true }}{{ $v = "b" }}{{ end }}{{ $v }}', 'b'],
  ['{{ $v := "a" }}{{ if true }}{{ $v := "b" }}{{ $v }}{{ end }}{{ $v }}', 'ba'],
  ['{{ range $x := .List }}{{ $y := $x }}{{ $y }}{{ end }}', 'abc'],
  // Go's other functions.
  ['{{ len .VMName }} {{ len .List }} {{ len .Map }} {{ len "\u00e9" }}', '3 3 2 2'],
  ['{{ index .List 1 }} {{ index .Map "z" }} {{ index .Deep "inner" "leaf" }}', 'b 1 x'],
  ['{{ slice .VMName 1 }} {{ slice .List 0 2 }}', 'eb [a b]'],
  ['{{ print "a" 1 2 "b" "c" }}|{{ println "a" 1 }}', 'a1 2bc|a 1\n'],
  [
    '{{ printf "%05d|%-4s|%x|%5.1f|%%|%v|%t" 42 "ab" 255 3.14159 .List true }}',
    '00042|ab  |ff|  3.1|%|[a b c]|true',
  ],
  ['{{ printf "%d" "x" }}{{ printf "%s" }}', '%!d(string=x)%!s(MISSING)'],
  ['{{ urlquery "a b&c" }}', 'a+b%26c'],
  // A text from the data is never read again.
  ['{{ print "{{ .VMName }}" }}', '{{ .VMName }}'],
  // Nothing of JavaScript or of Handlebars can be reached.
  ['{{ .constructor }}{{ .__proto__ }}{{ .Map.toString }}', '<no value><no value><no value>'],
];

describe('renderTemplate', () => {
  for (const [text, expected] of rendered) {
    it(JSON.stringify(text), () => {
      assert.equal(checkTemplate(text), undefined);
      assert.equal(renderTemplate(text, data), expected);
    });
  }

  it('times of one run agree and are in UTC', () => {
    const seconds = Number(renderTemplate('{{ timestamp }}', {}));
    assert.equal(
      renderTemplate('{{ isotime }}', {}),
      new Date(seconds * 1000).toISOString().replace('.000', ''),
    );
    const layout = renderTemplate('{{ isotime "2006-01-02 15:04:05 MST Jan Mon" }}', {});
    const time = new Date(seconds * 1000);
    assert.equal(layout.slice(0, 23), `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`);
    assert.equal(layout.slice(24, 27), time.toUTCString().slice(8, 11));
    assert.equal(
      renderTemplate('{{ strftime "%Y%m%d" }}', {}),
      time.toISOString().slice(0, 10).replaceAll('-', ''),
    );
  });

  it('makes a different uuid each time', () => {
    const [first, second] = renderTemplate('{{ uuid }} {{ uuid }}', {}).split(' ');
    assert.match(first ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.notEqual(first, second);
  });

  it('takes more functions', () => {
    const functions = { build_name: { arity: [0, 0], call: () => 'base' } } as const;
    assert.equal(renderTemplate('{{ build_name }}', {}, { functions }), 'base');
    assert.match(checkTemplate('{{ build_name }}')?.message ?? '', /no function "build_name"/);
  });

  it('does not load Handlebars to check a text, nor to render one without {{', () => {
    const script = `
      import { createRequire } from 'node:module';
      import { checkTemplate, renderTemplate } from './src/template/index.ts';
      const loaded = () => Object.keys(createRequire(process.cwd() + '/x.js').cache).some((name) => name.includes('handlebars'));
      checkTemplate('{{ .A }}'); renderTemplate('plain', {});
      const before = loaded();
      renderTemplate('{{ .A }}', {});
      console.log(before, loaded());`;
    const options = ['--import', 'tsx', '--input-type=module', '-e', script];
    assert.equal(execFileSync(process.execPath, options, { encoding: 'utf8' }).trim(), 'false true');
  });
});

/** [text, line, column, message] */
const broken: [string, number, number, string][] = [
  ['{{ .A', 1, 1, 'The "{{" that starts here has no "}}".'],
  ['one\ntwo {{ .A', 2, 5, 'The "{{" that starts here has no "}}".'],
  ['{{/* note }}', 1, 1, 'The comment that starts here has no "*/}}".'],
  ['{{ "abc }}', 1, 4, 'The string that starts with " here has no end.'],
  ['{{ `abc }}', 1, 4, 'The string that starts with ` here has no end.'],
  ['{{ "\\q" }}', 1, 4, '\\q is not an escape sequence of a string inside {{ }}.'],
  ['{{ .A # }}', 1, 7, 'The character "#" cannot stand inside {{ }}.'],
  ['{{ nope }}', 1, 4, 'There is no function "nope" for {{ }}.'],
  ['{{ .A | nope }}', 1, 9, 'There is no function "nope" for {{ }}.'],
  ['{{ $x }}', 1, 4, 'The template has not declared the variable $x.'],
  ['{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}', 1, 39, 'The template has not declared the variable $x.'],
  ['{{ $x = 1 }}', 1, 4, 'The template has not declared the variable $x.'],
  ['{{ $a, $b := .L }}', 1, 8, 'Two variables at once are possible only with {{range}}.'],
  ['{{ if .A }}x', 1, 1, 'The {{if}} that starts here has no {{end}}.'],
  ['{{ if .A }}x{{ else }}y', 1, 1, 'The {{if}} that starts here has no {{end}}.'],
  ['{{ if .A }}{{ else }}{{ else }}{{ end }}', 1, 22, 'This {{else}} follows another {{else}}.'],
  ['x{{ end }}', 1, 2, '{{end}} has no block to end.'],
  ['x{{ else }}', 1, 2, '{{else}} has no block to end.'],
  ['{{ end .A }}', 1, 8, '".A" is not expected here.'],
  ['{{ if }}x{{ end }}', 1, 1, 'A value is missing here.'],
  ['{{ }}', 1, 1, 'A value is missing here.'],
  ['{{ .A | }}', 1, 1, 'A value is missing here.'],
  ['{{ .A .B }}', 1, 7, '".B" is an argument, but no function stands before it.'],
  ['{{ "a" | .B }}', 1, 10, 'A value is piped into something that is not a function.'],
  ['{{ (.A }}', 1, 4, 'The parenthesis that opens here is not closed.'],
  ['{{ "a".B }}', 1, 7, 'A constant has no fields.'],
  ['{{ template "x" }}', 1, 4, '{{template}} is not supported: only if, range and with.'],
  ['{{{ .A }}}', 1, 3, 'The character "{" cannot stand inside {{ }}.'],
  ['{{> partial }}', 1, 3, 'The character ">" cannot stand inside {{ }}.'],
  ['{{#if .A}}{{/if}}', 1, 3, 'The character "#" cannot stand inside {{ }}.'],
  ['{{ lookup . "constructor" }}', 1, 4, 'There is no function "lookup" for {{ }}.'],
  ['{{ toString }}', 1, 4, 'There is no function "toString" for {{ }}.'],
  [
    '{{ user `x` }}',
    1,
    4,
    '{{ user }} does not work here. It belongs to legacy JSON templates; in HCL write ${var.NAME}.',
  ],
];

describe('checkTemplate', () => {
  for (const [text, line, column, message] of broken) {
    it(JSON.stringify(text), () => {
      const error = checkTemplate(text);
      assert.deepEqual([error?.line, error?.column, error?.message], [line, column, message]);
      assert.throws(() => renderTemplate(text, {}), TemplateError);
    });
  }
});

/** Mistakes that only the data shows. */
const failing: [string, number, string][] = [
  ['a {{ index .List 9 }}', 6, 'index 9 is out of range: there are 3 elements, from 0.'],
  ['{{ split "a-b" "-" 2 }}', 4, 'split finds 2 parts, so there is no part 2 (they count from 0).'],
  ['{{ .VMName.Sub }}', 11, '.Sub is taken from web, which has no fields.'],
  ['{{ upper 1 }}', 4, 'A string is needed where 1 is given.'],
  ['{{ upper .Missing }}', 4, 'A string is needed where a value that does not exist is given.'],
  ['{{ upper "a" "b" }}', 4, 'upper takes 1 argument, and 2 are given.'],
  ['{{ eq "a" 1 }}', 4, '"a" and 1 are of different types and cannot be compared.'],
  ['{{ lt "a" 1 }}', 4, '"a" and 1 have no order: two numbers or two strings are needed.'],
  ['{{ range .VMName }}x{{ end }}', 10, 'range cannot go over web: a list or a map is needed.'],
  ['{{ range 100000000 }}x{{ end }}', 10, 'range cannot go to 100000000: at most to 1000000.'],
  ['{{ strftime "%Q" }}', 4, 'strftime does not know "%Q".'],
];

describe('what fails while rendering', () => {
  for (const [text, column, message] of failing) {
    it(JSON.stringify(text), () => {
      assert.equal(checkTemplate(text), undefined);
      assert.throws(
        () => renderTemplate(text, data),
        (error) => error instanceof TemplateError && error.message === message && error.column === column,
      );
    });
  }
});

describe('nesting beyond the stack', () => {
  const nested = [
    `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`,
    `${'{{ if 1 }}'.repeat(20_000)}${'{{ end }}'.repeat(20_000)}`,
    `{{ ${'.A'.repeat(20_000)} }}`,
  ];
  for (const text of nested) {
    it(`is a mistake in the text: ${text.slice(0, 12)}…`, () => {
      assert.throws(() => renderTemplate(text, {}), { name: 'TemplateError', message: /nested too deeply/ });
    });
  }
});

describe('buildFunctions', () => {
  it('tell what is known of the build', () => {
    const functions = buildFunctions({ type: 'vmm', name: 'base' }, '/home/x');
    const text = '{{ build_name }} {{ build_type | upper }} {{ packer_version }} {{ pwd }}';
    assert.equal(renderTemplate(text, {}, { functions }), 'base VMM 1.16.0 /home/x');
    assert.ok(checkTemplate('{{ build_name }}', { functions: buildFunctions(undefined) }));
  });
});
