import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestGraphQL, type SignedInClient, type TestGraphQL } from '#testing/graphql.ts';

let graphql: TestGraphQL;
let root: SignedInClient;

beforeAll(async () => {
  graphql = await openTestGraphQL();
  root = await graphql.signedInAs('Administrator');
});
afterAll(() => graphql[Symbol.asyncDispose]());

const user = { email: 'bia@example.net', password: 'a long pass phrase', roleId: 'of none' };
/** Every mutation that takes a name: what it answers, its field, and what else it must be given. */
const mutations: [mutation: string, input: string, answer: string, field: string, more: object][] =
  [
    ['createUser', 'CreateUserInput', 'user { id }', 'name', user],
    ['updateProfile', 'UpdateProfileInput', 'me { user { id } }', 'name', {}],
    ['createRole', 'RoleInput', 'role { id }', 'name', { actions: [] }],
    ['createApiKey', 'CreateApiKeyInput', 'secret', 'name', { actions: ['backup.view'] }],
    ['createProject', 'CreateProjectInput', 'project { id }', 'name', {}],
    ['createTag', 'TagInput', 'tag { id }', 'name', {}],
    ['createBackup', 'CreateBackupInput', 'job { id }', 'name', {}],
  ];

const names = [
  ['half a surrogate pair', 'a\ud83d', 'controlCharacters'],
  ['a line separator', 'a\u2028b', 'controlCharacters'],
  ['nothing that can be seen', '\u200b\u3164', 'required'],
] as const;

test('a file name of an upload is tidied, and has no lone surrogates', async () => {
  const upload = (fileName: string) =>
    root.send(
      'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { fileName } } }',
      { input: { fileName, size: '9' } },
    );
  const { data } = await upload('Ac\u0327a\u0303o\u202egnp\u00a0 1.tar.gz.doz');
  expect(data).toMatchObject({ createUpload: { upload: { fileName: 'Açãognp 1.tar.gz.doz' } } });
  for (const wrong of ['a\ud83d', 'a'.repeat(256), 'a\nb', '\u202e'])
    expect((await upload(wrong)).code).toBe('VALIDATION_FAILED');
});

describe.each(mutations)('%s', (mutation, input, answer, field, more) => {
  test.each(names)('refuses a name of %s, by its field', async (_what, name, reason) => {
    const query = `mutation ($input: ${input}!) { ${mutation}(input: $input) { ${answer} } }`;
    const { errors } = await root.send(query, { input: { ...more, [field]: name } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED' });
    const path = expect.stringMatching(field);
    expect(errors[0]?.extensions.fields).toContainEqual(expect.objectContaining({ path, reason }));
  });
});
