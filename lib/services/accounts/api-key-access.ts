import { FiberkeepError } from '#errors';
import { type ApiKeyRow, findApiKey, getApiKey, isLive, touchApiKey } from '#vault/api-keys.ts';
import { recordAudit } from '#vault/audit.ts';
import { failureDetail } from '#vault/failures.ts';
import { countUse, type RateLimit } from '#vault/rate-limits.ts';
import { type Caller, knownActions } from '../permit.ts';
import type { Server } from '../server.ts';
import { type Account, findAccount } from './account-rows.ts';
import { addressKey, tooMany } from './limits.ts';

/** Wrong keys from one network. Right keys from there still work: nobody guesses 256 bits. */
export const WRONG_KEY_LIMIT: RateLimit = { points: 100, windowMs: 15 * 60 * 1000 };
/** How often the use of an ended key is audited. */
const REFUSALS_AUDITED: RateLimit = { points: 1, windowMs: 60 * 60 * 1000 };

/**
 * The owner of a key, with the key's actions that they still have. Throws RATE_LIMITED and UNAUTHENTICATED,
 * which says why an ended key is refused.
 */
export async function actorOfKey(server: Server, secret: string, address: string): Promise<Caller> {
  const key = await findApiKey(server.vault, secret);
  if (!key) throw await wrongKey(server, address);
  const waitSeconds = server.keyCalls.count(key.id);
  if (waitSeconds > 0) throw tooMany('keyUsedTooOften', waitSeconds);
  const owner = await findAccount(server.plant, key.ownerId);
  if (!isLive(key) || !owner || owner.disabled) throw await endedKey(server, key, address);
  await touchApiKey(server.vault, key, address);
  return actorWith(key, owner, address);
}

/** `actorOfKey` for a key that was let in before; null where it opens nothing any more. */
export async function refreshKeyActor(
  server: Server,
  id: string,
  address: string,
): Promise<Caller | null> {
  const key = await getApiKey(server.vault, id);
  const owner = key && (await findAccount(server.plant, key.ownerId));
  if (!key || !isLive(key) || !owner || owner.disabled) return null;
  return actorWith(key, owner, address);
}

function actorWith(key: ApiKeyRow, owner: Account, address: string): Caller {
  return {
    kind: 'PERSON',
    id: owner.id,
    name: owner.name,
    address,
    actions: new Set(knownActions(key.actions.filter((name) => owner.actions.includes(name)))),
    sessionId: null,
    apiKey: { id: key.id, name: key.name },
  };
}

async function wrongKey(server: Server, address: string): Promise<FiberkeepError> {
  const counter = addressKey(address, 'api-key');
  const { allowed, used, retryAfterSeconds } = await countUse(
    server.vault,
    counter,
    WRONG_KEY_LIMIT,
  );
  if (allowed) return new FiberkeepError('UNAUTHENTICATED', { reason: 'noSuchKey' });
  if (used === WRONG_KEY_LIMIT.points + 1)
    await recordAudit(server.vault, {
      actor: { kind: 'PERSON', id: null, name: '', address },
      action: 'api-key.rate-limit',
      outcome: 'REFUSED',
    });
  return tooMany('tooManyWrongKeys', retryAfterSeconds);
}

/** Only its holder learns this: nobody else knows the 256 bits. */
async function endedKey(server: Server, key: ApiKeyRow, address: string): Promise<FiberkeepError> {
  const ended = new FiberkeepError('UNAUTHENTICATED', { reason: whyEnded(key) });
  const tried = await countUse(server.vault, `api-key:ended:${key.id}`, REFUSALS_AUDITED);
  if (tried.allowed)
    await recordAudit(server.vault, {
      actor: { kind: 'PERSON', id: key.ownerId, name: key.ownerName, address, apiKey: key },
      action: 'api-key.use',
      target: { kind: 'api-key', id: key.id, name: key.name },
      outcome: 'REFUSED',
      detail: failureDetail(ended),
    });
  return ended;
}

function whyEnded({ revokedAt, expiresAt }: ApiKeyRow) {
  if (revokedAt) return 'keyRevoked';
  return expiresAt && expiresAt.getTime() <= Date.now() ? 'keyExpired' : 'keyOwnerGone';
}
