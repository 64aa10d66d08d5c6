import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

describe('the configuration', () => {
  it('has a default for every variable, also where it is set to nothing', () => {
    expect(readConfig({ PORT: '', LOG_LEVEL: '' })).toMatchObject({ port: 3000, logLevel: 'info' });
  });

  it('takes every port and every level there is', () => {
    for (const port of ['0', '8080', '65535'])
      expect(readConfig({ PORT: port }).port).toBe(Number(port));
    expect(readConfig({ LOG_LEVEL: 'silent' }).logLevel).toBe('silent');
  });

  it.each(['abc', '-1', '65536', '80.5', '1e3', '0x50', ' '])(
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

  it('makes automatic backups at 02:00 unless BACKUP_TIME is another time of day', () => {
    expect(readConfig({}).backupTime).toBe('02:00');
    expect(readConfig({ BACKUP_TIME: '23:59' }).backupTime).toBe('23:59');
    for (const BACKUP_TIME of ['24:00', '2:00', '02.00', '02:00:00'])
      expect(() => readConfig({ BACKUP_TIME })).toThrow(
        'BACKUP_TIME must be a time from 00:00 to 23:59.',
      );
  });

  const noNetworks = ['10.0.0.0/33', '10.0.0.0/8/8', 'localhost', '10.0.0.0/8,', '10.0.0.0/x'];

  describe.each(['WEBHOOK_PRIVATE_NETWORKS', 'TRUSTED_PROXIES'])('of %s', (name) => {
    it.each([...noNetworks, '10.0.0.0/', '10.0.0.0/ ', '10.0.0.0/0x8', '10.0.0.0/1e1', ' '])(
      'refuses %j in plain words',
      (value) => {
        expect(() => readConfig({ [name]: value })).toThrow(
          expect.objectContaining({
            code: 'CONFIGURATION_INVALID',
            message: `${name} must be addresses or networks between commas, such as 10.0.0.0/8,192.168.1.20.`,
            hint: `Set the environment variable ${name} to a value it takes, or leave it out.`,
          }),
        );
      },
    );
  });

  it('trusts no proxy unless TRUSTED_PROXIES names it', () => {
    expect(readConfig({ TRUSTED_PROXIES: '' }).trustedProxies.check('127.0.0.1')).toBe(false);
    const { trustedProxies } = readConfig({ TRUSTED_PROXIES: '127.0.0.1, ::1,10.0.0.0/8' });
    for (const proxy of ['127.0.0.1', '10.9.8.7']) expect(trustedProxies.check(proxy)).toBe(true);
    expect(trustedProxies.check('::1', 'ipv6')).toBe(true);
    expect(trustedProxies.check('127.0.0.2')).toBe(false);
  });

  it('takes addresses and networks of both families', () => {
    const { webhookPrivateNetworks: list } = readConfig({
      WEBHOOK_PRIVATE_NETWORKS: '10.0.0.0/8, 192.168.1.20,fd00::/8',
    });
    expect(list.check('10.9.8.7')).toBe(true);
    expect(list.check('192.168.1.21')).toBe(false);
    expect(list.check('fd12::1', 'ipv6')).toBe(true);
  });

  it('refuses an unknown LOG_LEVEL and names those there are', () => {
    expect(() => readConfig({ LOG_LEVEL: 'verbose' })).toThrow(
      'LOG_LEVEL must be one of trace, debug, info, warn, error, silent.',
    );
  });
});
