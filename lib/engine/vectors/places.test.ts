import { describe, expect, test } from 'vitest';
import { readOwner } from '../external/owner.ts';
import { readVaultState } from '../external/vault-state.ts';
import { deriveKeys } from '../sealing/keys.ts';
import { readVaultId } from '../store/vault-identity.ts';
import archive from './archive.json' with { type: 'json' };
import { storeOf } from './held-store.ts';
import places from './places.json' with { type: 'json' };

const fromHex = (digits: string) => Buffer.from(digits, 'hex');
const keys = deriveKeys(fromHex(archive.serverKey));

describe('what lies in a destination beside backups', () => {
  const objects = Object.fromEntries(places.map(({ object, sealed }) => [object, fromHex(sealed)]));
  const jsonOf = (prefix: string) =>
    JSON.parse(places.find(({ object }) => object.startsWith(prefix))?.json ?? '');

  test('opens to the published owner', async () => {
    expect(await readOwner(storeOf(objects), keys, 3)).toEqual({ epoch: 3, ...jsonOf('owner/') });
  });

  test('opens to the published state of the vault', async () => {
    expect(await readVaultState(storeOf(objects), keys)).toEqual(jsonOf('vault-state/'));
  });

  test('opens to the published id of a store', async () => {
    expect(await readVaultId(storeOf(objects), keys)).toBe(jsonOf('identity').vaultId);
  });

  test('opens under no other name', async () => {
    const owner = objects['owner/3'];
    const moved = storeOf({ 'owner/4': owner ?? Buffer.alloc(0) });
    expect(await readOwner(moved, keys, 4)).toEqual({ epoch: 4, ownerId: null, since: null });
  });
});
