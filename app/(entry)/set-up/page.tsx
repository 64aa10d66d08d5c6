import type { Metadata } from 'next';
import { serverTexts } from '../../i18n/request-locale.ts';
import { SetUpForm } from './set-up-form.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('entry'))('setUp') };
}

interface Props {
  searchParams: Promise<{ token?: string | string[] }>;
}

export default async function Page({ searchParams }: Props) {
  const { token } = await searchParams;
  return <SetUpForm token={typeof token === 'string' ? token : ''} />;
}
