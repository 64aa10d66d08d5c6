'use client';

import { ChevronsUpDown, LogOut, UserRound } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { signOutWith } from '#app/data/graphql-provider.tsx';
import { useSend } from '#app/data/use-send.ts';
import { useRoleName } from '#app/i18n/use-role-name.ts';
import { useMe } from '#app/session/me-context.tsx';
import { SignOutDocument } from '#generated/graphql/client/graphql.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Menu } from '../ui/menu.tsx';

/** Who is signed in, with links to the profile and to sign out. */
export function UserMenu({ onGo }: { onGo?: () => void }) {
  const t = useTranslations('userMenu');
  const { user } = useMe();
  const roleName = useRoleName();
  const router = useRouter();
  const { send } = useSend(SignOutDocument);
  const signOut = () => signOutWith(async () => (await send({})) !== null);
  const trigger = (
    <button
      type="button"
      className="flex w-full min-w-0 items-center gap-2.5 rounded-md p-2 text-left hover:bg-line/60 data-[state=open]:bg-line/60"
    >
      <Avatar name={user.name} />
      <span className="grid min-w-0 flex-1 leading-tight">
        <span className="truncate font-medium text-[13px]">{user.name}</span>
        <span className="truncate text-ink-3 text-xs">{roleName(user.role)}</span>
      </span>
      <ChevronsUpDown aria-hidden className="size-3.5 text-ink-3" />
    </button>
  );
  return (
    <Menu
      trigger={trigger}
      entries={[
        {
          label: t('profile'),
          icon: <UserRound aria-hidden className="size-4" />,
          onSelect: () => {
            onGo?.();
            router.push('/profile');
          },
        },
        {
          label: t('signOut'),
          icon: <LogOut aria-hidden className="size-4" />,
          onSelect: () => void signOut(),
        },
      ]}
    />
  );
}
