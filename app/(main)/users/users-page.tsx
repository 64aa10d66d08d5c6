'use client';

import { useTranslations } from 'next-intl';
import { Tabs } from 'radix-ui';
import { PageHeader } from '#app/components/shell/page-header.tsx';
import { RoleList } from './role-list.tsx';
import { UserList } from './user-list.tsx';

const tabLook =
  'rounded-t-md border-b-2 border-transparent px-3 py-2.5 font-medium text-ink-2 text-sm -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink';

/** Who can sign in, and what each role allows. */
export function UsersPage() {
  const t = useTranslations('users');
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} />
      <Tabs.Root defaultValue="users">
        <Tabs.List aria-label={t('title')} className="mb-5 flex gap-1 border-line border-b">
          <Tabs.Trigger value="users" className={tabLook}>
            {t('users')}
          </Tabs.Trigger>
          <Tabs.Trigger value="roles" className={tabLook}>
            {t('roles')}
          </Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="users">
          <UserList />
        </Tabs.Content>
        <Tabs.Content value="roles">
          <RoleList />
        </Tabs.Content>
      </Tabs.Root>
    </>
  );
}
