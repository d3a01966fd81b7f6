/** What is wrong with an Avro file or with one alert in it, in words for a reader of the table of scores. */
export class AlertProblem extends Error {
  override readonly name = 'AlertProblem';
}

/** A type of an Avro schema. Named types may hold themselves. */
export type AvroType =
  | { readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string' }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly items: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  | AvroRecord;

export interface AvroRecord {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: AvroType }[];
}

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
/** Types within types; the alerts of today have 5. */
const deepest = 64;

/**
 * Reads an Avro schema (specification 1.12, "Schema Declaration"). Defaults, docs, aliases and logical types play no part in reading and are
 * not looked at: the schemas of real alerts have defaults that their types do not allow, and field names twice.
 * @throws AlertProblem
 */
export function parseAvroSchema(text: string): AvroType {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AlertProblem('its schema is not JSON', { cause });
  }
  return new SchemaReader().type(json, '', 0);
}

class SchemaReader {
  readonly #named = new Map<string, AvroType>();

  type(json: unknown, namespace: string, depth: number): AvroType {
    if (depth > deepest) throw new AlertProblem(`its schema is nested more than ${deepest} deep`);
    if (typeof json === 'string') return this.#reference(json, namespace);
    if (Array.isArray(json)) {
      if (json.length === 0) throw new AlertProblem('its schema has a union of nothing');
      return { kind: 'union', branches: json.map((branch) => this.type(branch, namespace, depth + 1)) };
    }
    if (typeof json !== 'object' || json === null)
      throw new AlertProblem(`its schema has ${JSON.stringify(json)} where a type belongs`);
    const { type } = json as { type?: unknown };
    if (typeof type !== 'string') return this.type(type, namespace, depth + 1);
    return this.#declared(type, json, namespace, depth);
  }

  #reference(name: string, namespace: string): AvroType {
    const kind = primitives.find((each) => each === name);
    if (kind !== undefined) return { kind };
    const found = this.#named.get(fullName(name, namespace)) ?? this.#named.get(name);
    if (found === undefined) throw new AlertProblem(`its schema names an unknown type '${name}'`);
    return found;
  }

  #declared(kind: string, json: Declaration, namespace: string, depth: number): AvroType {
    switch (kind) {
      case 'array':
        return { kind, items: this.type(json.items, namespace, depth + 1) };
      case 'map':
        return { kind, items: this.type(json.values, namespace, depth + 1) };
      case 'fixed': {
        const { size } = json;
        if (typeof size !== 'number' || !Number.isInteger(size) || size < 0)
          throw new AlertProblem('its schema has a fixed type without a size');
        return this.#name(json, namespace, { kind, size });
      }
      case 'enum':
        return this.#name(json, namespace, { kind, symbols: listOf(json.symbols, 'symbols').map(String) });
      case 'record':
      case 'error': {
        const fields: { name: string; type: AvroType }[] = [];
        const record: AvroRecord = { kind: 'record', name: String(json.name), fields };
        // Known before its fields are: they may hold it.
        this.#name(json, namespace, record);
        const inner = namespaceOf(json, namespace);
        for (const field of listOf(json.fields, 'fields') as Declaration[])
          fields.push({ name: String(field?.name), type: this.type(field?.type, inner, depth + 1) });
        return record;
      }
      default:
        return this.#reference(kind, namespace);
    }
  }

  #name<T extends AvroType>(json: Declaration, namespace: string, type: T): T {
    this.#named.set(fullName(String(json.name), namespaceOf(json, namespace)), type);
    return type;
  }
}

interface Declaration {
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly type?: unknown;
  readonly items?: unknown;
  readonly values?: unknown;
  readonly size?: unknown;
  readonly symbols?: unknown;
  readonly fields?: unknown;
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new AlertProblem(`its schema has a type without ${what}`);
  return value;
}

function fullName(name: string, namespace: string): string {
  return namespace === '' || name.includes('.') ? name : `${namespace}.${name}`;
}

/** A name with dots brings its own namespace. */
function namespaceOf({ name, namespace }: Declaration, enclosing: string): string {
  const dotted = /^(.*)\.[^.]*$/.exec(String(name));
  if (dotted !== null) return dotted[1];
  return typeof namespace === 'string' ? namespace : enclosing;
}
