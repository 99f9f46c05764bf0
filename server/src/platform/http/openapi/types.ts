/** The parts of OpenAPI 3.1 and JSON Schema 2020-12 that the document is made of. */

export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  title?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  discriminator?: { propertyName: string; mapping: Record<string, string> };
};

export type Ref = { $ref: string };

export type Example = { summary?: string; value: unknown };

export type Parameter = {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
  example?: unknown;
};

export type MediaType = { schema: JsonSchema; example?: unknown; examples?: Record<string, Example | Ref> };

export type Reply = {
  description: string;
  headers?: Record<string, Header | Ref>;
  content?: Record<string, MediaType>;
};

export type Header = { description: string; schema: JsonSchema; example?: unknown };

export type Operation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Record<string, MediaType> };
  responses: Record<string, Reply>;
  security: Record<string, string[]>[];
  /** Who may call, in words: the scheme has no place for roles. */
  'x-who': string;
  /** Codes of the problems by status, as listed in the responses. */
  'x-problems'?: Record<string, string[]>;
};

export type PathItem = Partial<Record<'get' | 'post' | 'put' | 'patch' | 'delete', Operation>>;

export type OpenApiDocument = {
  openapi: string;
  info: {
    title: string;
    version: string;
    summary: string;
    description: string;
    license: { name: string; identifier: string };
  };
  servers: { url: string; description?: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, PathItem>;
  components: {
    schemas: Record<string, JsonSchema>;
    headers: Record<string, Header>;
    examples: Record<string, Example>;
    securitySchemes: Record<string, object>;
  };
};
