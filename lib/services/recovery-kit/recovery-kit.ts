import { createHash, timingSafeEqual } from 'node:crypto';
import { encodeIdentity, encodeRecipient } from '#engine/archive/container/age/x25519.ts';
import type { Author } from '#engine/ports.ts';
import { encodeServerKey, serverKeyGroups } from '#engine/sealing/server-key.ts';
import { FiberkeepError, validationError } from '#errors';
import { type AuditEntry, recordAudit } from '#vault/audit.ts';
import { forgetUses } from '#vault/rate-limits.ts';
import { findPasswordHash } from '../accounts/account-rows.ts';
import { assertMayEverything } from '../accounts/grants.ts';
import { EMAIL_LIMIT, limit } from '../accounts/limits.ts';
import { verifyPassword } from '../accounts/passwords.ts';
import { writeVault } from '../authority.ts';
import { authorIn, authorInIfAny } from '../authors.ts';
import { type InPerson, type Permit, type SignedIn, signedIn } from '../permit.ts';
import { readServerKey, type Server } from '../server.ts';
import { findKit, type KitRow, markKitChecked, markKitSaved } from './kit-rows.ts';
import { kitText } from './recovery-kit-text.ts';

/** All that it takes to open the backups of a lost server. Never logged, never stored. */
export interface RecoveryKit {
  readonly serverId: string;
  /** `FIBERKEEP-KEY1…` */
  readonly serverKey: string;
  readonly serverKeyGroups: readonly string[];
  /** `AGE-SECRET-KEY-1…` */
  readonly ageIdentity: string;
  readonly ageRecipient: string;
  readonly text: string;
  readonly fileName: string;
}

interface When {
  readonly at: Date;
  readonly by: Author;
}

/** Whether somebody has the kit, as far as the server can know. */
export interface KitState {
  readonly serverId: string;
  readonly saved: When | null;
  readonly checked: When | null;
  /** Groups of the server key, counted from 1, that `checkRecoveryKit` asks for. */
  readonly askedGroups: readonly number[];
}

const ASKED_GROUPS = 2;
/** Groups of the server key before its checksum. */
const KEY_GROUPS = 13;

export async function kitState(
  server: Server,
  _permit: Permit<'backup.configure'>,
): Promise<KitState> {
  const { serverId } = server.keys;
  return stateOf(serverId, await findKit(server.vault, serverId));
}

/**
 * The kit, for a person who types their password again. Audited, refusals too. Throws VALIDATION_FAILED for a
 * wrong password, RATE_LIMITED after too many tries.
 */
export async function showRecoveryKit(
  server: Server,
  permit: InPerson<'backup.configure'>,
  password: string,
): Promise<{ kit: RecoveryKit; state: KitState }> {
  const me = signedIn(permit.actor);
  const key = `recovery-kit:user:${me.id}`;
  await limit(server, { address: me.address, actor: me }, key, EMAIL_LIMIT);
  if (!(await isPasswordOf(server, me, password))) {
    await recordAudit(server.vault, deed(server, me, 'recovery-kit.show', 'REFUSED'));
    throw validationError([{ path: 'password', reason: 'wrongPassword' }]);
  }
  const shown = await handOut(server, permit);
  await forgetUses(server.vault, key);
  return shown;
}

/** The kit for the operator of the machine, who has the server key already. Throws FORBIDDEN to sessions. */
export async function printRecoveryKit(
  server: Server,
  permit: InPerson<'backup.configure'>,
): Promise<{ kit: RecoveryKit; state: KitState }> {
  if (permit.actor.sessionId !== null)
    throw new FiberkeepError('FORBIDDEN', { reason: 'kitNeedsPassword' });
  return handOut(server, permit);
}

/**
 * Compares `part` with the groups that were asked for, which shows that somebody kept the kit. Throws
 * VALIDATION_FAILED where it differs, CONFLICT before the kit was shown, RATE_LIMITED.
 */
export async function checkRecoveryKit(
  server: Server,
  permit: InPerson<'backup.configure'>,
  part: string,
): Promise<KitState> {
  const { actor } = permit;
  const { serverId } = server.keys;
  const key = `recovery-kit-proof:user:${actor.id ?? ''}`;
  await limit(server, { address: actor.address, actor }, key, EMAIL_LIMIT);
  const row = await findKit(server.vault, serverId);
  if (!row) throw new FiberkeepError('CONFLICT', { reason: 'kitNotShownYet' });
  const asked = askedGroups(serverId, row);
  if (!(await isPart(server, asked, part))) {
    await recordAudit(server.vault, deed(server, actor, 'recovery-kit.check', 'REFUSED'));
    const params = { groups: asked.join(', ') };
    throw validationError([{ path: 'part', reason: 'kitPartDiffers', params }]);
  }
  const checked = await writeVault(server, permit, async (tx, now) => {
    assertMayEverything(now);
    await recordAudit(tx, deed(server, actor, 'recovery-kit.check', 'DONE'));
    return markKitChecked(tx, serverId, actor);
  });
  await forgetUses(server.vault, key);
  return stateOf(serverId, checked);
}

async function isPasswordOf(server: Server, me: SignedIn, password: string): Promise<boolean> {
  return verifyPassword(await findPasswordHash(server.plant, me.id), password);
}

async function handOut(server: Server, permit: InPerson<'backup.configure'>) {
  const { actor } = permit;
  const { serverId } = server.keys;
  const kit = await readKit(server);
  const row = await writeVault(server, permit, async (tx, now) => {
    assertMayEverything(now);
    await recordAudit(tx, deed(server, actor, 'recovery-kit.show', 'DONE'));
    return markKitSaved(tx, serverId, actor);
  });
  return { kit, state: stateOf(serverId, row) };
}

/** Reads the server key for this alone: no process keeps it. */
async function readKit(server: Server): Promise<RecoveryKit> {
  const key = await readServerKey(server.config);
  const fields = {
    serverId: server.keys.serverId,
    serverKey: encodeServerKey(key),
    serverKeyGroups: serverKeyGroups(key),
    ageIdentity: encodeIdentity(server.keys.recovery),
    ageRecipient: encodeRecipient(server.keys.recovery),
  };
  key.fill(0);
  return {
    ...fields,
    text: kitText(fields),
    fileName: `fiberkeep-recovery-${fields.serverId}.txt`,
  };
}

async function isPart(server: Server, asked: readonly number[], part: string): Promise<boolean> {
  const key = await readServerKey(server.config);
  const groups = serverKeyGroups(key);
  key.fill(0);
  const wanted = Buffer.from(asked.map((number) => groups[number - 1] ?? '').join(''));
  const given = Buffer.from(part.replaceAll(/[\s-]/g, '').toUpperCase());
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Changes with each showing, so that an old answer does not pass again. */
function askedGroups(serverId: string, row: KitRow | null): number[] {
  const mixed = createHash('sha256').update(`${serverId} ${row?.savedAt.toISOString() ?? ''}`);
  const asked = new Set<number>();
  for (const byte of mixed.digest()) {
    asked.add((byte % KEY_GROUPS) + 1);
    if (asked.size === ASKED_GROUPS) break;
  }
  return [...asked].sort((a, b) => a - b);
}

function stateOf(serverId: string, row: KitRow | null): KitState {
  return {
    serverId,
    saved: row && { at: row.savedAt, by: authorIn(row, 'savedBy') },
    checked: checkedIn(row),
    askedGroups: askedGroups(serverId, row),
  };
}

function checkedIn(row: KitRow | null): KitState['checked'] {
  const by = row && authorInIfAny(row, 'checkedBy');
  return by && row.checkedAt ? { at: row.checkedAt, by } : null;
}

function deed(
  server: Server,
  actor: AuditEntry['actor'],
  action: string,
  outcome: AuditEntry['outcome'],
): AuditEntry {
  const target = { kind: 'recovery-kit', id: server.keys.serverId, name: '' };
  return { actor, action, target, outcome };
}
