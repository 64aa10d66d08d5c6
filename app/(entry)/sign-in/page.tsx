import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { readMe } from '#app/session/read-me.ts';
import { safePath } from '../safe-path.ts';
import { SignInForm } from './sign-in-form.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('entry'))('signIn') };
}

interface Props {
  searchParams: Promise<{ next?: string | string[] }>;
}

export default async function Page({ searchParams }: Props) {
  const next = safePath((await searchParams).next);
  if (await readMe()) redirect(next);
  return <SignInForm next={next} />;
}
