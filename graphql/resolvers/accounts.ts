import DataLoader from 'dataloader';
import type { AuditOutcome, Resolvers } from '#generated/graphql/resolvers.ts';
import { isBuiltIn } from '#services/accounts/built-in-roles.ts';
import { confirmPassword } from '#services/accounts/confirm-password.ts';
import { clearedSessionCookie, deviceCookie, sessionCookie } from '#services/accounts/cookies.ts';
import { changePassword, readMe, updateProfile } from '#services/accounts/profile.ts';
import {
  countRoleUsers,
  createRole,
  deleteRole,
  findRoles,
  listRoles,
  updateRole,
} from '#services/accounts/roles.ts';
import {
  listOwnSessions,
  revokeOwnSession,
  type SignedInUser,
  signIn,
  signOut,
} from '#services/accounts/sessions.ts';
import { setUpServer } from '#services/accounts/set-up.ts';
import {
  createUser,
  deleteUser,
  listUsers,
  updateUser,
  userCursor,
} from '#services/accounts/users.ts';
import { auditCursor, listAuditEvents } from '#services/activity/audit-queries.ts';
import { authorIn } from '#services/authors.ts';
import { readGivenName } from '#services/backups/given-name.ts';
import { permit, permitInPerson, signedIn } from '#services/permit.ts';
import manifest from '../../package.json' with { type: 'json' };
import { toConnection } from '../connection.ts';
import type { Context } from '../context.ts';
import { perRequest } from '../per-request.ts';

const rolesById = perRequest(
  ({ server }) => new DataLoader((ids: readonly string[]) => findRoles(server, ids)),
);
const userCounts = perRequest(
  ({ server }) => new DataLoader((ids: readonly string[]) => countRoleUsers(server, ids)),
);

/** Sets the cookies of the session and the device, and answers whose session it is. */
async function welcome(context: Context, { userId, token, deviceCookie: device }: SignedInUser) {
  context.setCookie(sessionCookie(context.server.config, token));
  context.setCookie(deviceCookie(context.server.config, device));
  return { me: await readMe(context.server, userId) };
}

const seeUsers = ({ server, actor }: Context) => permit(server, actor, 'users.manage');
const manageUsers = ({ server, actor }: Context) => permitInPerson(server, actor, 'users.manage');

export const accountResolvers: Resolvers = {
  Query: {
    version: () => manifest.version,
    me: (_root, _args, { server, actor }) => (actor?.id ? readMe(server, actor.id, actor) : null),
    sessions: (_root, _args, { server, actor }) => listOwnSessions(server, signedIn(actor)),
    users: async (_root, args, context) =>
      toConnection(await listUsers(context.server, await seeUsers(context), args), userCursor),
    roles: async (_root, _args, context) => listRoles(context.server, await seeUsers(context)),
    auditEvents: async (_root, args, { server, actor }) =>
      toConnection(
        await listAuditEvents(server, await permit(server, actor, 'audit.view'), args),
        auditCursor,
      ),
  },
  Mutation: {
    signIn: async (_root, args, context) =>
      welcome(context, await signIn(context.server, args, context)),
    signOut: async (_root, _args, { server, actor, setCookie }) => {
      setCookie(clearedSessionCookie(server.config));
      return { signedOut: await signOut(server, actor) };
    },
    setUpServer: async (_root, { token, input }, context) =>
      welcome(context, await setUpServer(context.server, token, input, context)),
    confirmPassword: async (_root, { password }, { server, actor }) => ({
      goodUntil: await confirmPassword(server, signedIn(actor), password),
    }),
    updateProfile: async (_root, { input }, { server, actor, plantEpoch }) => {
      const me = signedIn(actor);
      await updateProfile(server, me, input, plantEpoch);
      return { me: await readMe(server, me.id) };
    },
    changePassword: async (_root, args, { server, actor, plantEpoch }) => {
      const me = signedIn(actor);
      await changePassword(server, me, args, plantEpoch);
      return { me: await readMe(server, me.id) };
    },
    revokeSession: async (_root, { id }, { server, actor }) => ({
      id: await revokeOwnSession(server, signedIn(actor), id),
    }),
    createUser: async (_root, { input }, context) => ({
      user: await createUser(context.server, await manageUsers(context), input, context.plantEpoch),
    }),
    updateUser: async (_root, { id, input }, context) => ({
      user: await updateUser(
        context.server,
        await manageUsers(context),
        id,
        input,
        context.plantEpoch,
      ),
    }),
    deleteUser: async (_root, { id }, context) => ({
      id: await deleteUser(context.server, await manageUsers(context), id, context.plantEpoch),
    }),
    createRole: async (_root, { input }, context) => ({
      role: await createRole(context.server, await manageUsers(context), input, context.plantEpoch),
    }),
    updateRole: async (_root, { id, input }, context) => ({
      role: await updateRole(
        context.server,
        await manageUsers(context),
        id,
        input,
        context.plantEpoch,
      ),
    }),
    deleteRole: async (_root, { id }, context) => ({
      id: await deleteRole(context.server, await manageUsers(context), id, context.plantEpoch),
    }),
  },
  User: {
    role: async (user, _args, context) => {
      const role = await rolesById(context).load(user.roleId);
      if (!role) throw new Error(`user ${user.id} has a role that does not exist`);
      return role;
    },
  },
  Role: {
    builtIn: isBuiltIn,
    userCount: (role, _args, context) => userCounts(context).load(role.id),
  },
  Session: {
    current: (session, _args, { actor }) => session.id === actor?.sessionId,
  },
  AuditEvent: {
    actor: (event) => authorIn(event, 'actor'),
    apiKey: ({ apiKeyId: id, apiKeyName: name }) =>
      id !== null && name !== null ? { id, name } : null,
    outcome: (event) => event.outcome as AuditOutcome,
    targetGivenName: ({ targetGivenName }) => readGivenName(targetGivenName),
  },
};
