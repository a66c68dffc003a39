/** The problems that the JSON parser reports: code and summary (in HashiCorp's wording). */
export const JSON_PROBLEMS = {
  'json-root-not-object': 'Root value must be object',
  'json-extra-data': 'Extraneous data after value',
  'json-missing-value': 'Missing JSON value',
  'json-missing-element': 'Missing array element value',
  'json-ends-early': 'Missing value',
  'json-invalid-value': 'Invalid start of value',
  'json-invalid-name': 'Invalid object property name',
  'json-missing-property-value': 'Missing object value',
  'json-missing-colon': 'Missing property value colon',
  'json-trailing-comma': 'Trailing comma',
  'json-unclosed': 'Unclosed object',
  'json-mismatched': 'Mismatched braces',
  'json-missing-comma': 'Missing attribute seperator comma',
  'json-colon-in-array': 'Invalid array value',
  'json-invalid-number': 'Invalid JSON number',
  'json-invalid-string': 'Invalid JSON string',
  'json-invalid-keyword': 'Invalid JSON keyword',
  'json-nesting-too-deep': 'Nesting too deep',
  'json-duplicate-key': 'Duplicate object attribute',
} as const;

export type JsonProblem = keyof typeof JSON_PROBLEMS;
