import type { Metadata } from 'next';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { ProfilePage } from './profile-page.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('profile'))('title') };
}

export default function Page() {
  return <ProfilePage />;
}
