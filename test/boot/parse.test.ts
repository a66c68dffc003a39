import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BootExpression } from '../../src/boot/expression.ts';
import { parseBootCommand } from '../../src/boot/parse.ts';

/** The parsed command, one word per expression: `wait=MS`, `key`, `key+` (on), `key-` (off), or the character in quotes. */
function outline(text: string): string {
  return parseBootCommand(text).expressions.map(word).join(' ');
}

function word(expression: BootExpression): string {
  if (expression.type === 'wait') return `wait=${expression.milliseconds}`;
  const name = expression.type === 'special' ? expression.key : JSON.stringify(expression.character);
  return name + { press: '', on: '+', off: '-' }[expression.action];
}

/** How `text` looks when all of it is typed as characters. */
const literally = (text: string) => [...text].map((character) => JSON.stringify(character)).join(' ');

describe('parseBootCommand', () => {
  for (const [text, expected] of [
    ['', ''],
    ['ab<enter>', '"a" "b" enter'],
    ['<wait>', 'wait=1000'],
    ['<wait5>', 'wait=5000'],
    ['<wait10>', 'wait=10000'],
    ['<wait0>', 'wait=1000'],
    ['<wait500ms>', 'wait=500'],
    ['<wait1m30s>', 'wait=90000'],
    ['<wait1.5s>', 'wait=1500'],
    ['<wait250µs>', 'wait=0.25'],
    ['<wait1h0s>', 'wait=3600000'],
    ['<Wait>', literally('<Wait>')],
    ['<wait05>', literally('<wait05>')],
    ['<wait1.5>', literally('<wait1.5>')],
    ['<wait-5>', literally('<wait-5>')],
    ['<wait05s>', literally('<wait05s>')],
    ['<wait5S>', literally('<wait5S>')],
    ['<waitfor>', literally('<waitfor>')],
    ['<ENTER><Return><eSc>', 'enter return esc'],
    ['<f1><f12><F10On><f1off>', 'f1 f12 f10+ f1-'],
    ['<f13>', literally('<f13>')],
    ['<leftCtrlOn>c<leftCtrlOff>', 'leftctrl+ "c" leftctrl-'],
    ['<leftOption><leftOptionOn><rightoptionOFF>', 'leftoption leftoption+ rightoption-'],
    ['<pageUp><pageDown><spacebar><menu>', 'pageup pagedown spacebar menu'],
    ['<aOn><aOff>', '"a"+ "a"-'],
    ['<<on><>off>', '"<"+ ">"-'],
    ['<\non>', '"\\n"+'],
    ['<éOn><😀off>', '"é"+ "😀"-'],
    ['é😀', '"é" "😀"'],
    ['a\nb', '"a" "\\n" "b"'],
    ['<foo>', literally('<foo>')],
    ['<on>', literally('<on>')],
    ['<', literally('<')],
    ['< enter>', literally('< enter>')],
    ['<<enter>>', '"<" enter ">"'],
    ['{{ .HTTPIP }}', literally('{{ .HTTPIP }}')],
  ] as const) {
    it(JSON.stringify(text), () => assert.equal(outline(text), expected));
  }

  it('covers the text without a gap', () => {
    const text = 'é😀<wait5>a<leftCtrlOn>c<foo><xOff>\n<wait0s>';
    let offset = 0;
    for (const expression of parseBootCommand(text).expressions) {
      assert.equal(expression.offset, offset);
      offset += expression.length;
    }
    assert.equal(offset, text.length);
  });

  it('reports what Packer refuses, with its place', () => {
    const { problems } = parseBootCommand('a<wait0s><wait-5s><wait1s-2s><wait99999999999h>');
    assert.deepEqual(
      problems.map(({ severity, code, text, offset }) => [severity, code, text, offset]),
      [
        ['error', 'wait-not-positive', '<wait0s>', 1],
        ['error', 'wait-not-positive', '<wait-5s>', 9],
        ['error', 'wait-invalid', '<wait1s-2s>', 18],
        ['error', 'wait-invalid', '<wait99999999999h>', 29],
      ],
    );
  });

  it('warns about words that are typed as text, and guesses what was meant', () => {
    const cases = {
      '<entr>': '<enter>',
      '<retrun>': '<return>',
      '<space>': '<spacebar>',
      '<Wait5>': '<wait5>',
      '<wait05>': '<wait5>',
      '<wait1.5>': '<wait1.5s>',
      '<leftCtlOn>': '<leftctrlOn>',
      '<br>': undefined,
      '<constructor>': undefined,
      '<something-else>': undefined,
    };
    for (const [text, suggestion] of Object.entries(cases)) {
      const [problem, ...others] = parseBootCommand(`x${text}`).problems;
      assert.deepEqual([problem?.code, problem?.offset, others.length], ['unknown-key', 1, 0], text);
      assert.equal(problem?.suggestion, suggestion, text);
    }
    assert.deepEqual(parseBootCommand('cat <<EOF >x<enter>a < b > c<wait>').problems, []);
  });
});
