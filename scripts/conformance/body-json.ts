// A parsed body as the JSON that body_sha256 is taken of: evaluated values, or the errors in their place.
import type { Body } from '../../src/hcl/ast.ts';
import type { Diagnostic } from '../../src/hcl/diagnostic.ts';
import type { Scope } from '../../src/hcl/eval/scope.ts';
import type { Language } from './language.ts';

/** A body as JSON with sorted keys and no blanks. With `evaluated` false only its structure. */
export function bodyToJson(body: Body, scope: Scope, language: Language, evaluated = true): string {
  const items = body.items.map((item) => {
    if (item.kind === 'Attribute') {
      const { line, column } = item.nameRange.start;
      const fields = `"attribute":${JSON.stringify(item.name)},"col":${column}`;
      if (!evaluated) return `{${fields},"line":${line}}`;
      const { value, diagnostics } = language.evaluate(item.expression, scope);
      if (language.hasErrors(diagnostics)) {
        return `{${fields},"error":[${diagnostics.map(diagnosticJson).join(',')}],"line":${line}}`;
      }
      return `{${fields},"line":${line},"value":${language.typedValueToJson(value)}}`;
    }
    const { line, column } = item.typeRange.start;
    const labels =
      item.labels.length === 0 ? 'null' : JSON.stringify(item.labels.map((label) => label.value));
    const inner = bodyToJson(item.body, scope, language, evaluated);
    return `{"block":${JSON.stringify(item.type)},"body":${inner},"col":${column},"labels":${labels},"line":${line}}`;
  });
  return `[${items.join(',')}]`;
}

/** A diagnostic as the cases have it. */
export function diagnosticJson({ severity, summary, subject }: Diagnostic): string {
  const { line, column } = subject?.start ?? { line: 0, column: 0 };
  return JSON.stringify({ col: column, line, severity, summary });
}
