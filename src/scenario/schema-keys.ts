import type { DocumentPath } from './problem.ts';

/** The parts of a JSON Schema that lead from a place to the keys that are allowed there. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** The keys that a schema allows at a place, whichever alternative holds there. */
export function keysAt(schema: object, path: DocumentPath): readonly string[] {
  let places: readonly JsonSchema[] = alternatives(schema as JsonSchema);
  for (const part of path) places = places.flatMap((place) => childOf(place, part)).flatMap(alternatives);
  return [...new Set(places.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const below = (schema.anyOf ?? []).flatMap(alternatives);
  return [schema, ...below];
}

function childOf(schema: JsonSchema, part: string | number): readonly JsonSchema[] {
  if (typeof part === 'number') return schema.items === undefined ? [] : [schema.items];
  const own = schema.properties?.[part];
  if (own !== undefined) return [own];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}
