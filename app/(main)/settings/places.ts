/** The pages of the settings, and the action that each needs. */
export const settingsPlaces = [
  { href: '/settings/recovery-kit', key: 'recoveryKit', action: 'backup.configure' },
  { href: '/settings/destinations', key: 'destinations', action: 'backup.configure' },
  { href: '/settings/notifications', key: 'notifications', action: 'backup.configure' },
  { href: '/settings/api-keys', key: 'apiKeys', action: 'apikeys.manage' },
] as const;
