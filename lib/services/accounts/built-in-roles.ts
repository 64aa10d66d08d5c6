import type { RoleSeed } from '#plant/roles.ts';
import { ADMINISTRATOR } from '#plant/roles.ts';
import { type Action, actions } from '../permit.ts';

const network: readonly Action[] = ['network.view', 'network.edit', 'network.import'];

/**
 * The roles that ship. Administrator may do everything; Manager makes backups and goes back to them, and
 * never downloads, uploads or deletes them; nobody else touches backups.
 */
export const builtInRoles: readonly (RoleSeed & { readonly actions: readonly Action[] })[] = [
  { name: ADMINISTRATOR, actions },
  {
    name: 'Manager',
    actions: ['backup.view', 'backup.create', 'backup.restore', ...network, 'audit.view'],
  },
  { name: 'Seller', actions: ['network.view'] },
  { name: 'Network technician', actions: network },
  { name: 'Field technician', actions: ['network.view', 'network.edit'] },
  { name: 'Monitor', actions: ['network.view'] },
  { name: 'Support', actions: ['network.view'] },
];
