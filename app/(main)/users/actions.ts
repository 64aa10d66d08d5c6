/** The actions that a role can allow, in the groups of the form. */
export const actionGroups = {
  network: ['network.view', 'network.edit', 'network.import', 'network.export'],
  backup: [
    'backup.view',
    'backup.create',
    'backup.restore',
    'backup.compare',
    'backup.download',
    'backup.upload',
    'backup.delete',
    'backup.configure',
  ],
  administration: ['users.manage', 'apikeys.manage', 'audit.view'],
} as const;

export const allActions = Object.values(actionGroups).flat();
