import type { Resolvers } from '#generated/graphql/resolvers.ts';
import { permit, permitInPerson } from '#services/permit.ts';
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
    checkRecoveryKit: async (_root, { part }, context) => ({
      state: stateView(
        await checkRecoveryKit(context.server, await configuresInPerson(context), part),
      ),
    }),
  },
};
