import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { RUN, root } from '#launcher/root.ts';

/** A command that stops at a wrong configuration, before it opens anything. */
async function refused(env: Record<string, string>, ...flags: string[]) {
  const child = spawn(process.execPath, [RUN, 'lib/cli/main.ts', 'list', ...flags], {
    cwd: root,
    env: { ...process.env, LC_ALL: '', LC_MESSAGES: '', LANG: '', PORT: '70000', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { out, err };
}

describe('what went wrong is said', { timeout: 120_000 }, () => {
  test.each([
    [
      { LANG: 'C.UTF-8' },
      'CONFIGURATION_INVALID: PORT must be a whole number from 0 to 65535.\n' +
        'Set the environment variable PORT to a value it takes, or leave it out.\n',
    ],
    [
      { LANG: 'pt_BR.UTF-8' },
      'CONFIGURATION_INVALID: PORT deve ser um número inteiro de 0 a 65535.\n' +
        'Defina a variável de ambiente PORT com um valor aceito ou deixe-a de fora.\n',
    ],
    [
      { LANG: 'pt_BR.UTF-8', LC_ALL: 'es_AR.UTF-8' },
      'CONFIGURATION_INVALID: PORT debe ser un número entero de 0 a 65535.\n' +
        'Defina la variable de entorno PORT con un valor que acepte u omítala.\n',
    ],
  ])('to people in the language of the terminal: %j', async (env, said) => {
    expect(await refused(env)).toEqual({ out: '', err: said });
  });

  test('to programs as data too', async () => {
    const { out, err } = await refused({}, '--json');
    expect(err).toBe('');
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'CONFIGURATION_INVALID',
        reason: 'variableNotWholeNumber',
        params: { variable: 'PORT', min: 0, max: 65_535 },
        message: 'PORT must be a whole number from 0 to 65535.',
        hint: 'Set the environment variable PORT to a value it takes, or leave it out.',
        fields: [],
      },
    });
  });
});
