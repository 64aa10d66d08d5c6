import type { Resolvers } from '#generated/graphql/resolvers.ts';
import { readGivenName } from '#services/backups/given-name.ts';
import { permit, permitInPerson } from '#services/permit.ts';
import {
  findPause,
  goOnAfterRecovery,
  type RecoveryPause,
} from '#services/recovery/after-recovery.ts';
import {
  beginRecoveryByLink,
  checkRecovery,
  recoveryView,
  tryRecoveryAgain,
} from '#services/recovery/recover-by-link.ts';
import {
  checkRecoveryKit,
  type KitState,
  kitState,
  showRecoveryKit,
} from '#services/recovery-kit/recovery-kit.ts';
import type { Context } from '../context.ts';

const mayConfigure = ({ server, actor }: Context) => permit(server, actor, 'backup.configure');
const configuresInPerson = ({ server, actor }: Context) =>
  permitInPerson(server, actor, 'backup.configure');

function stateView({ saved, checked, ...state }: KitState) {
  return {
    ...state,
    askedGroups: [...state.askedGroups],
    saved: saved !== null,
    savedAt: saved?.at,
    savedBy: saved?.by,
    checked: checked !== null,
    checkedAt: checked?.at,
    checkedBy: checked?.by,
  };
}

/** How the recovery stands, as GraphQL answers it. */
async function standing(context: Context, token: string) {
  const view = await recoveryView(context.server, token, context);
  if (!view) return null;
  const { done, total, unit, ...rest } = view;
  return { ...rest, progress: { done, total, unit } };
}

function pauseView(pause: RecoveryPause | null) {
  if (!pause) return null;
  const { recovery, destination } = pause;
  const { place, backupName, backupGivenName, backupCreatedAt, endedAt, begunAt } = recovery;
  return {
    recoveredAt: endedAt ?? begunAt,
    place,
    backupName,
    backupGivenName: readGivenName(backupGivenName),
    backupCreatedAt,
    destinationName: destination?.name ?? null,
  };
}

export const recoveryResolvers: Resolvers = {
  Query: {
    recovery: (_root, { token }, context) => standing(context, token),
    recoveryPause: async (_root, _args, { server, actor }) =>
      pauseView(await findPause(server, await permit(server, actor, 'backup.view'))),
    kitState: async (_root, _args, context) =>
      stateView(await kitState(context.server, await mayConfigure(context))),
  },
  Mutation: {
    checkRecovery: async (_root, { token, input }, context) => {
      const offer = await checkRecovery(context.server, token, input, context);
      return { offer: { ...offer, backups: [...offer.backups] } };
    },
    beginRecovery: async (_root, { token, input, backupId }, context) => {
      await beginRecoveryByLink(context.server, token, { ...input, backupId }, context);
      return { recovery: await standing(context, token) };
    },
    tryRecoveryAgain: async (_root, { token }, context) => {
      await tryRecoveryAgain(context.server, token, context);
      return { recovery: await standing(context, token) };
    },
    goOnAfterRecovery: async (_root, { takeOver }, context) => {
      await goOnAfterRecovery(context.server, await configuresInPerson(context), {
        takeOver: takeOver ?? true,
      });
      return { pause: null };
    },
    recoveryKit: async (_root, { password }, context) => {
      const { kit, state } = await showRecoveryKit(
        context.server,
        await configuresInPerson(context),
        password,
      );
      return {
        kit: { ...kit, serverKeyGroups: [...kit.serverKeyGroups] },
        state: stateView(state),
      };
    },
    checkRecoveryKit: async (_root, { part }, context) => ({
      state: stateView(
        await checkRecoveryKit(context.server, await configuresInPerson(context), part),
      ),
    }),
  },
};
