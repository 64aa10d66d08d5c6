import { type Action, actions } from '../permit.ts';

/** A role that every installation has, known by its id, whatever name a backup gives another role. */
export interface BuiltInRole {
  readonly id: string;
  readonly name: string;
  readonly actions: readonly Action[];
}

const network: readonly Action[] = [
  'network.view',
  'network.edit',
  'network.import',
  'network.export',
];

/** May do everything. */
export const administrator: BuiltInRole = {
  id: 'fb000000-0000-7000-8000-000000000001',
  name: 'Administrator',
  actions,
};

/**
 * The built-in roles. A Manager makes, compares and restores backups, and never downloads, uploads or deletes them. No
 * other role has to do with backups.
 */
export const builtInRoles: readonly BuiltInRole[] = [
  administrator,
  {
    id: 'fb000000-0000-7000-8000-000000000002',
    name: 'Manager',
    actions: [
      'backup.view',
      'backup.create',
      'backup.restore',
      'backup.compare',
      ...network,
      'audit.view',
    ],
  },
  { id: 'fb000000-0000-7000-8000-000000000003', name: 'Seller', actions: ['network.view'] },
  { id: 'fb000000-0000-7000-8000-000000000004', name: 'Network technician', actions: network },
  {
    id: 'fb000000-0000-7000-8000-000000000005',
    name: 'Field technician',
    actions: ['network.view', 'network.edit'],
  },
  { id: 'fb000000-0000-7000-8000-000000000006', name: 'Monitor', actions: ['network.view'] },
  { id: 'fb000000-0000-7000-8000-000000000007', name: 'Support', actions: ['network.view'] },
];

const ids = new Set(builtInRoles.map(({ id }) => id));

export function isBuiltIn(role: { readonly id: string }): boolean {
  return ids.has(role.id);
}

export function isAdministrator(role: { readonly id: string }): boolean {
  return role.id === administrator.id;
}
