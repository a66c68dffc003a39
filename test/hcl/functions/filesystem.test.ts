// Functions of files and paths, in a directory of their own.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { tables } from './rows.ts';

const root = mkdtempSync(join(tmpdir(), 'vmm-hcl-functions-'));
after(() => rmSync(root, { recursive: true }));

const template = join(root, 'template');
const home = join(root, 'home');
const elsewhere = join(root, 'elsewhere');
mkdirSync(join(template, 'sub', 'deep'), { recursive: true });
mkdirSync(home);
mkdirSync(elsewhere);
const files: Readonly<Record<string, string | Buffer>> = {
  'template/a.txt': 'grüße\n',
  'template/b.md': '\ufeffb',
  'template/.hidden.txt': 'h',
  'template/[x].txt': 'x',
  'template/sub/c.txt': 'c',
  'template/sub/deep/d.txt': 'd',
  'template/binary': Buffer.from([0xff, 0x00]),
  'template/greeting.tpl': 'Hello ${upper(name)}%{ for x in list } ${x}%{ endfor }\n',
  'template/value.tpl': '${[for x in list : x]}',
  'template/broken.tpl': 'a\n${nosuch}',
  'template/syntax.tpl': 'a\n${',
  'template/recursive.tpl': '${templatefile("a.txt", {})}',
  'home/at-home': 'home',
  'elsewhere/binary': Buffer.from([0xfe]),
};
for (const [path, content] of Object.entries(files)) writeFileSync(join(root, path), content);
symlinkSync('deep', join(template, 'sub', 'link'));
symlinkSync('nowhere', join(template, 'dangling.txt'));

const context = { baseDirectory: template, workingDirectory: elsewhere, environment: { HOME: home } };

tables(
  {
    file: [
      ['file("a.txt")', '"grüße\\n"', 'string'],
      ['file("./sub/../b.md")', '"\ufeffb"'],
      [`file("${join(template, 'a.txt')}")`, '"grüße\\n"'],
      ['file("~/at-home")', '"home"'],
      ['file("nosuch")', /there is no file .*template\/nosuch/],
      ['file("a.txt/x")', /there is no file/],
      ['file("sub")', /is a directory/],
      ['file("binary")', /not valid UTF-8/],
      ['file("~root/x")', /another user/],
    ],
    'filebase64, fileexists': [
      ['filebase64("binary")', '"/g=="'],
      ['filebase64("a.txt")', /there is no file .*elsewhere/],
      ['fileexists("a.txt")', 'true', 'bool'],
      ['fileexists("nosuch")', 'false'],
      ['fileexists("a.txt/x")', 'false'],
      ['fileexists("dangling.txt")', 'false'],
      ['fileexists("~/at-home")', 'true'],
      ['fileexists("sub")', /no regular file/],
    ],
    fileset: [
      ['fileset(".", "*.txt")', '[".hidden.txt","[x].txt","a.txt"]', 'set(string)'],
      ['fileset("sub", "**")', '["c.txt","deep/d.txt","link/d.txt"]'],
      ['fileset(".", "**/d.txt")', '["sub/deep/d.txt","sub/link/d.txt"]'],
      ['fileset(".", "s?b/{c,x}.txt")', '["sub/c.txt"]'],
      ['fileset(".", "[ab].*")', '["a.txt","b.md"]'],
      ['fileset(".", "[^ab].md")', '[]'],
      ['fileset(".", "\\\\[x].txt")', '["[x].txt"]'],
      ['fileset(".", "sub")', '[]'],
      ['fileset(".", "sub/c.txt")', '["sub/c.txt"]'],
      ['fileset("sub", "../a.txt")', '["../a.txt"]'],
      ['fileset("nosuch", "*")', '[]'],
      [`fileset("${template}", "a*")`, '["a.txt"]'],
    ],
    templatefile: [
      ['templatefile("greeting.tpl", { name = "you", list = [1, 2] })', '"Hello YOU 1 2\\n"', 'string'],
      ['templatefile("value.tpl", { list = [1, "a"] })', '[1,"a"]', 'tuple([number, string])'],
      ['templatefile("broken.tpl", {})', /broken\.tpl:2,3: Unknown variable/],
      ['templatefile("syntax.tpl", {})', /syntax\.tpl:\d/],
      ['templatefile("recursive.tpl", {})', /templatefile/],
      ['templatefile("nosuch", {})', /there is no file/],
      ['templatefile("a.txt", [])', /argument "vars"/],
      ['templatefile("value.tpl", { list = part_unknown })', { unknown: 'any' }],
      ['templatefile("greeting.tpl", { name = secret, list = [] })', { sensitive: '"Hello GEHEIM\\n"' }],
    ],
    'abspath, basename, dirname, pathexpand': [
      ['abspath("x/../y/")', JSON.stringify(join(elsewhere, 'y'))],
      ['abspath("/a/./b")', '"/a/b"'],
      ['basename("a/b/")', '"b"'],
      ['basename("//")', '"/"'],
      ['basename("")', '"."'],
      ['dirname("a/b/c")', '"a/b"'],
      ['dirname("a/b/")', '"a/b"'],
      ['dirname("a//b")', '"a"'],
      ['dirname("a")', '"."'],
      ['dirname("/a")', '"/"'],
      ['pathexpand("~")', JSON.stringify(home)],
      ['pathexpand("~/x/../y")', JSON.stringify(join(home, 'y'))],
      ['pathexpand("a/~")', '"a/~"'],
      ['pathexpand("~root")', /another user/],
    ],
  },
  context,
);
