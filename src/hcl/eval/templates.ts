import type { Template, TemplateFor, TemplatePart } from '../ast.ts';
import { stringValue, unknownValue } from '../value/construct.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { allMarks, NO_MARKS, unionMarks, unmark, withMarks } from '../value/marks.ts';
import { STRING } from '../value/type.ts';
import { friendlyName } from '../value/type-ops.ts';
import { UNKNOWN } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import type { Frame } from './frame.ts';
import { evaluateTemplateFor } from './iteration.ts';

/** Evaluates a template: always a string, and marked with everything that is in it. */
export function evaluateTemplate(template: Template, frame: Frame): Value {
  let text = '';
  let isKnown = true;
  let marks = NO_MARKS;
  for (const part of template.parts) {
    if (part.kind === 'TemplateLiteral') {
      text += part.value;
      continue;
    }
    const marked = frame.evaluate(part);
    if (marked.content === null) {
      failPart(template, part, 'This value is null, which has no text.', frame);
      continue;
    }
    const [value, partMarks] = unmark(marked);
    marks = unionMarks(marks, partMarks);
    if (value.content === UNKNOWN) isKnown = false;
    else text += textOf(template, part, value, frame);
  }
  return withMarks(isKnown ? stringValue(text) : unknownValue(STRING), marks);
}

function textOf(template: Template, part: TemplatePart, value: Value, frame: Frame): string {
  try {
    return convert(value, STRING).content as string;
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const name = friendlyName(value.type);
    const article = name === 'object' ? 'an' : 'a';
    const way = value.type.kind === 'list' || value.type.kind === 'tuple' ? 'join(", ", …) or ' : '';
    failPart(
      template,
      part,
      `This is ${article} ${name}; only a string, number or bool can be part of a text. Use ${way}jsonencode(…) to make a text of it.`,
      frame,
    );
    return '';
  }
}

function failPart(template: Template, part: TemplatePart, detail: string, frame: Frame): void {
  frame.fail('invalid-interpolation', {
    detail,
    subject: part.range,
    context: template.range,
    expression: part,
  });
}

/** Evaluates `%{ for }…%{ endfor }`: the texts of all elements, one after the other. */
export function evaluateForDirective(loop: TemplateFor, frame: Frame): Value {
  const { texts, marks } = evaluateTemplateFor(loop, frame);
  if (texts === undefined || texts.some((text) => text.content === UNKNOWN)) {
    return withMarks(unknownValue(STRING), marks);
  }
  const all = allMarks([marks, ...texts.map((text) => text.marks)]);
  return withMarks(stringValue(texts.map((text) => text.content as string).join('')), all);
}
