/**
 * What `schema/*.schema.json` may hold: JSON Schema 2020-12, and annotations of our own (`x-…`) for what
 * JSON Schema cannot say. The descriptions are for readers only: see DocumentedSchema.
 */
export interface BlockSchema {
  readonly $id: string;
  readonly title: string;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, PropertySchema>>;
  /** Each alternative names the attributes of which exactly one is given. */
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
}

/** A schema with the texts of the reference. */
export interface DocumentedSchema extends BlockSchema {
  readonly description: string;
  readonly properties: Readonly<Record<string, DocumentedProperty>>;
}

export interface DocumentedProperty extends PropertySchema {
  /** One or more full sentences. */
  readonly description: string;
}

export interface PropertySchema {
  readonly title: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  readonly items?: ItemSchema;
  readonly additionalProperties?: ItemSchema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly deprecated?: boolean;
  /** The default in words, where it depends on something else. */
  readonly 'x-default'?: string;
  /** What to write instead, for the message about a value that does not fit. */
  readonly 'x-advice'?: string;
  /** A Go duration such as "1m30s". */
  readonly 'x-duration'?: boolean;
  /** A size as vmctl(8) takes it, such as "20G". */
  readonly 'x-size'?: boolean;
  /** A path of this host, relative to the current directory. */
  readonly 'x-path'?: 'file' | 'directory';
  /** The path must exist when the template is checked, whatever else the block says. */
  readonly 'x-exists'?: boolean;
  /** When `{{ }}` is replaced: `prepare` (the default), or `run`: only its syntax is checked before the build. */
  readonly 'x-template'?: 'prepare' | 'run';
  /** The names that `{{ .NAME }}` has a value for when it is replaced during the build. */
  readonly 'x-template-data'?: readonly string[];
  /** Known to Packer and refused here: the reason and what to do. */
  readonly 'x-unsupported'?: string;
  /** Accepted and without effect: the reason and what to do. */
  readonly 'x-ignored'?: string;
  /** Deprecated in favour of this attribute. */
  readonly 'x-replaced-by'?: string;
  readonly 'x-sensitive'?: boolean;
  /**
   * Where its value shows beyond all redaction: in the name of a file or machine, or in the arguments of a process; of a map
   * its keys in names or paths.
   */
  readonly 'x-visible'?: 'name' | 'arguments' | 'keys';
}

export interface ItemSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A function that Ajv generated: false leaves the reasons in `errors`. */
export interface Validator {
  (data: unknown): boolean;
  errors?: readonly ValidatorError[] | null;
}

export interface ValidatorError {
  readonly keyword: string;
  /** JSON pointer into the data. */
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly propertyName?: string;
}
