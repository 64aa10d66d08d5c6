import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { UsersPage } from './users-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('users'))('title') };
}

export default function Page() {
  return (
    <Guard action="users.manage">
      <UsersPage />
    </Guard>
  );
}
