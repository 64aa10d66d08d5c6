import { POST } from '#app/api/graphql/route.ts';
import type { Params } from '#errors';
import { hashPassword } from '#services/accounts/passwords.ts';
import { seedRoles } from '#services/accounts/set-up.ts';
import type { Server } from '#services/server.ts';
import { openTestServer, type TestServer } from './server.ts';

/** An error as a client of GraphQL sees it. */
export interface AnsweredError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: {
    readonly code: string;
    readonly reason: string | null;
    readonly params: Params;
    readonly hint: string;
    readonly fields: readonly {
      readonly path: string;
      readonly reason: string;
      readonly params?: Params;
      readonly message: string;
    }[];
    readonly status: number;
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly AnsweredError[];
  /** Code of the first error, or null. */
  readonly code: string | null;
  /** One field of the data, of a shape that the test knows. Throws the errors where it is missing. */
  read<T>(field: string): T;
}

export type SignedInClient = TestClient & { id: string; email: string; name: string };

export interface TestGraphQL extends AsyncDisposable {
  readonly server: Server;
  /** A person without a session. */
  readonly anyone: TestClient;
  /** Makes a user with that role and signs in. */
  signedInAs(roleName: string): Promise<SignedInClient>;
}

export const PASSWORD = 'correct horse battery staple';

/** The route handler of GraphQL over a server of its own, with the built-in roles. */
export async function openTestGraphQL(): Promise<TestGraphQL> {
  const opened: TestServer = await openTestServer();
  const { server } = opened;
  const shared = globalThis as typeof globalThis & { fiberkeepServer?: Promise<Server> };
  shared.fiberkeepServer = Promise.resolve(server);
  await seedRoles(server);
  const passwordHash = await hashPassword(PASSWORD);
  let made = 0;
  return {
    server,
    anyone: new TestClient(null),
    async signedInAs(roleName) {
      made += 1;
      const email = `person${made}@example.net`;
      const name = `${roleName} ${made}`;
      const role = await server.plant.role.findUniqueOrThrow({ where: { name: roleName } });
      const { id } = await server.plant.user.create({
        data: { email, name, passwordHash, roleId: role.id },
      });
      const client = await new TestClient(null).signIn(email, PASSWORD);
      return Object.assign(client, { id, email, name });
    },
    async [Symbol.asyncDispose]() {
      delete shared.fiberkeepServer;
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** Sends operations to the route handler as a browser page of the same origin would. */
export class TestClient {
  readonly cookie: string | null;
  readonly apiKey: string | null;

  constructor(cookie: string | null, apiKey: string | null = null) {
    this.cookie = cookie;
    this.apiKey = apiKey;
  }

  /** The headers by which the server knows who sends. */
  get credentials(): Record<string, string> {
    return {
      ...(this.cookie && { cookie: this.cookie }),
      ...(this.apiKey && { authorization: `Bearer ${this.apiKey}` }),
    };
  }

  send(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.post(JSON.stringify({ query, variables }), headers);
  }

  /** `body` may be sent piece by piece. */
  async post(
    body: string | ReadableStream<Uint8Array>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await POST(
      new Request('http://localhost:3000/api/graphql', {
        method: 'POST',
        body,
        ...(typeof body === 'string' ? {} : { duplex: 'half' as const }),
        headers: {
          'content-type': 'application/json',
          host: 'localhost:3000',
          'x-fiberkeep-address': '192.0.2.7',
          ...this.credentials,
          ...headers,
        },
      }),
    );
    const answered = (await response.json()) as {
      data?: Record<string, unknown> | null;
      errors?: AnsweredError[];
    };
    const errors = answered.errors ?? [];
    return {
      status: response.status,
      headers: response.headers,
      data: answered.data,
      errors,
      code: errors[0]?.extensions.code ?? null,
      read<T>(field: string): T {
        const value = answered.data?.[field];
        if (value == null) throw new Error(`no ${field}: ${JSON.stringify(errors)}`);
        return value as T;
      },
    };
  }

  /** Makes a key for this person. Answers it and a client that uses only the key. Throws where it is refused. */
  async makeKey(
    actions: readonly string[],
    more: { name?: string; expiresAt?: string } = {},
  ): Promise<{ client: TestClient; secret: string; id: string }> {
    const answer = await this.send(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } secret } }',
      { input: { name: 'a key', actions, ...more } },
    );
    const { apiKey, secret } = answer.read<{ apiKey: { id: string }; secret: string }>(
      'createApiKey',
    );
    return { client: new TestClient(null, secret), secret, id: apiKey.id };
  }

  /** A client with the session that signing in opened; throws where it was refused. */
  async signIn(email: string, password: string): Promise<TestClient> {
    const answer = await this.send(
      'mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { me { user { id } } } }',
      { email, password },
    );
    const cookie = answer.headers.get('set-cookie')?.split(';')[0];
    if (!cookie) throw new Error(`sign-in was refused: ${JSON.stringify(answer.errors)}`);
    return new TestClient(cookie);
  }
}
