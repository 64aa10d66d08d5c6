import { describe, expect, test } from 'vitest';
import { readConfig, terminalLocale } from '#config';
import { errorText, type FiberkeepError } from '#errors';

describe('the configuration', () => {
  test('has a default for every variable, also where it is set to nothing', () => {
    expect(readConfig({ PORT: '', LOG_LEVEL: '' })).toMatchObject({ port: 3000, logLevel: 'info' });
  });

  test('takes every port and every level there is', () => {
    for (const port of ['0', '8080', '65535'])
      expect(readConfig({ PORT: port }).port).toBe(Number(port));
    expect(readConfig({ LOG_LEVEL: 'silent' }).logLevel).toBe('silent');
  });

  test.each(['abc', '-1', '65536', '80.5', '1e3', '0x50', ' '])(
    'refuses PORT=%s in plain words',
    (PORT) => {
      expect(() => readConfig({ PORT })).toThrow(
        expect.objectContaining({
          code: 'CONFIGURATION_INVALID',
          message: 'PORT must be a whole number from 0 to 65535.',
        }),
      );
    },
  );

  test('makes automatic backups at 02:00 unless BACKUP_TIME is another time of day', () => {
    expect(readConfig({}).backupTime).toBe('02:00');
    expect(readConfig({ BACKUP_TIME: '23:59' }).backupTime).toBe('23:59');
    for (const BACKUP_TIME of ['24:00', '2:00', '02.00', '02:00:00'])
      expect(() => readConfig({ BACKUP_TIME })).toThrow(
        'BACKUP_TIME must be a time from 00:00 to 23:59.',
      );
  });

  test('has sessions live thirty days, seven without use, unless it says otherwise', () => {
    expect(readConfig({}).sessionLife).toEqual({ days: 30, idleDays: 7 });
    const set = readConfig({ SESSION_DAYS: '90', SESSION_IDLE_DAYS: '1' });
    expect(set.sessionLife).toEqual({ days: 90, idleDays: 1 });
    for (const SESSION_DAYS of ['0', '401', '7.5', 'never'])
      expect(() => readConfig({ SESSION_DAYS })).toThrow(
        'SESSION_DAYS must be a whole number from 1 to 400.',
      );
  });

  const noNetworks = ['10.0.0.0/33', '10.0.0.0/8/8', 'localhost', '10.0.0.0/8,', '10.0.0.0/x'];

  describe.each(['WEBHOOK_PRIVATE_NETWORKS', 'MAIL_PRIVATE_NETWORKS', 'TRUSTED_PROXIES'])(
    'of %s',
    (name) => {
      test.each([...noNetworks, '10.0.0.0/', '10.0.0.0/ ', '10.0.0.0/0x8', '10.0.0.0/1e1', ' '])(
        'refuses %j in plain words',
        (value) => {
          expect(() => readConfig({ [name]: value })).toThrow(
            expect.objectContaining({
              code: 'CONFIGURATION_INVALID',
              message: `${name} must be addresses or networks between commas, such as 10.0.0.0/8,192.168.1.20.`,
              hint: 'setVariable',
              params: { variable: name },
            }),
          );
        },
      );
    },
  );

  test('knows which private networks mail may go to, if it names any', () => {
    expect(readConfig({}).mailPrivateNetworks).toBe(null);
    expect(readConfig({ MAIL_PRIVATE_NETWORKS: 'none' }).mailPrivateNetworks).not.toBe(null);
    const named = readConfig({ MAIL_PRIVATE_NETWORKS: '10.0.0.0/8' }).mailPrivateNetworks;
    expect([named?.check('10.1.2.3'), named?.check('192.168.0.1')]).toEqual([true, false]);
  });

  test('trusts no proxy unless TRUSTED_PROXIES names it', () => {
    expect(readConfig({ TRUSTED_PROXIES: '' }).trustedProxies.check('127.0.0.1')).toBe(false);
    const { trustedProxies } = readConfig({ TRUSTED_PROXIES: '127.0.0.1, ::1,10.0.0.0/8' });
    for (const proxy of ['127.0.0.1', '10.9.8.7']) expect(trustedProxies.check(proxy)).toBe(true);
    expect(trustedProxies.check('::1', 'ipv6')).toBe(true);
    expect(trustedProxies.check('127.0.0.2')).toBe(false);
  });

  test('takes addresses and networks of both families', () => {
    const { webhookPrivateNetworks: list } = readConfig({
      WEBHOOK_PRIVATE_NETWORKS: '10.0.0.0/8, 192.168.1.20,fd00::/8',
    });
    expect(list.check('10.9.8.7')).toBe(true);
    expect(list.check('192.168.1.21')).toBe(false);
    expect(list.check('fd12::1', 'ipv6')).toBe(true);
  });

  test('says what to do about a wrong variable, in the language asked for', () => {
    const wrong = thrownBy({ PORT: 'abc' });
    expect(errorText(wrong)).toEqual({
      message: 'PORT must be a whole number from 0 to 65535.',
      hint: 'Set the environment variable PORT to a value it takes, or leave it out.',
    });
    expect(errorText(wrong, 'pt-BR')).toEqual({
      message: 'PORT deve ser um número inteiro de 0 a 65535.',
      hint: 'Defina a variável de ambiente PORT com um valor aceito ou deixe-a de fora.',
    });
  });

  test('refuses a wrong DATABASE_URL, PUBLIC_URL or TIME_ZONE in plain words', () => {
    expect(thrownBy({ DATABASE_URL: 'mysql://x' }).message).toBe(
      'DATABASE_URL must begin with postgresql://.',
    );
    expect(thrownBy({ PUBLIC_URL: 'here' }).message).toBe(
      'PUBLIC_URL must be a URL such as https://backup.example.net.',
    );
    expect(thrownBy({ TIME_ZONE: 'Mars/Olympus' }).message).toBe(
      'TIME_ZONE is not a time zone of the IANA list, such as America/Sao_Paulo.',
    );
  });

  test('refuses an unknown LOG_LEVEL and names those there are', () => {
    expect(() => readConfig({ LOG_LEVEL: 'verbose' })).toThrow(
      'LOG_LEVEL must be one of trace, debug, info, warn, error, silent.',
    );
  });
});

function thrownBy(env: Record<string, string>): FiberkeepError {
  try {
    readConfig(env);
  } catch (thrown) {
    return thrown as FiberkeepError;
  }
  throw new Error('It was taken');
}

describe('the language of the terminal', () => {
  test.each([
    [{}, 'en'],
    [{ LANG: 'C.UTF-8' }, 'en'],
    [{ LANG: 'pt_BR.UTF-8' }, 'pt-BR'],
    [{ LANG: 'pt_PT' }, 'pt-BR'],
    [{ LANG: 'es_MX.UTF-8' }, 'es'],
    [{ LANG: 'de_DE.UTF-8' }, 'en'],
    [{ LANG: 'pt_BR.UTF-8', LC_MESSAGES: 'es' }, 'es'],
    [{ LANG: 'es', LC_MESSAGES: '', LC_ALL: '' }, 'es'],
    [{ LANG: 'pt_BR', LC_MESSAGES: 'es', LC_ALL: 'C' }, 'en'],
  ])('of %j is %s', (env, locale) => {
    expect(terminalLocale(env)).toBe(locale);
  });
});
