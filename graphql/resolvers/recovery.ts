import type { Resolvers } from '../../generated/graphql/resolvers.ts';
import {
  type KitState,
  kitState,
  proveRecoveryKit,
  showRecoveryKit,
} from '../../lib/services/archives/recovery-kit.ts';
import { permit, permitInPerson } from '../../lib/services/permit.ts';
import type { Context } from '../context.ts';

const mayConfigure = ({ server, actor }: Context) => permit(server, actor, 'backup.configure');
const configuresInPerson = ({ server, actor }: Context) =>
  permitInPerson(server, actor, 'backup.configure');

function stateView({ saved, proven, ...state }: KitState) {
  return {
    ...state,
    askedGroups: [...state.askedGroups],
    saved: saved !== null,
    savedAt: saved?.at,
    savedBy: saved?.by,
    proven: proven !== null,
    provenAt: proven?.at,
    provenBy: proven?.by,
  };
}

export const recoveryResolvers: Resolvers = {
  Query: {
    kitState: async (_root, _args, context) =>
      stateView(await kitState(context.server, await mayConfigure(context))),
  },
  Mutation: {
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
    proveRecoveryKit: async (_root, { part }, context) => ({
      state: stateView(
        await proveRecoveryKit(context.server, await configuresInPerson(context), part),
      ),
    }),
  },
};
