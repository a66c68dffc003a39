import type { Block, Body } from '../ast.ts';
import { parseConfig } from '../syntax/parse.ts';

/** Of a template, or of something that has no extension to tell. */
const NATIVE_NAME = /(?:^|\/)[^./]*$|\.(?:hcl|pkr)$/;

/**
 * What the blocks around an offset are called, from the outermost: `build > provisioner "shell"`. Undefined outside of
 * blocks and in other syntaxes than the native one, which the name of the file tells. A file is parsed for the first offset in it only.
 */
export class EnclosingBlocks {
  private readonly bodies = new Map<string, Body>();

  find(filename: string, text: string, offset: number): string | undefined {
    if (!NATIVE_NAME.test(filename)) return undefined;
    let body = this.bodies.get(filename);
    if (!body) {
      ({ body } = parseConfig({ filename, text }));
      this.bodies.set(filename, body);
    }
    const names: string[] = [];
    for (let block = blockAt(body, offset); block; block = blockAt(block.body, offset))
      names.push(nameOf(block));
    return names.length > 0 ? names.join(' > ') : undefined;
  }
}

function blockAt(body: Body, offset: number): Block | undefined {
  return body.items.find(
    (item): item is Block =>
      item.kind === 'Block' && item.range.start.offset <= offset && offset < item.range.end.offset,
  );
}

function nameOf({ type, labels }: Block): string {
  return [type, ...labels.map((label) => JSON.stringify(label.value))].join(' ');
}
