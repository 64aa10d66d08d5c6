import type { None } from './params.ts';

/** Why the store of objects cannot be used. `place` is its address, without secrets. */
export interface VaultReasons {
  filePieceDamaged: { sha256: string };
  placeIsOwnVault: { place: string };
  vaultAlreadyThere: { place: string };
  vaultElsewhere: { place: string };
  vaultEmptied: { place: string };
  vaultFull: { place: string };
  vaultInFolder: { place: string };
  vaultInUse: None;
  vaultMoveBegun: { place: string };
  vaultNeedsKey: { place: string };
  vaultNotEmpty: { place: string };
  vaultOfOtherDatabase: { place: string };
  vaultOfOtherServer: { place: string };
}
