import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { serverTexts } from '#app/i18n/request-locale.ts';
import { Guard } from '#app/session/guard.tsx';
import { NetworkHeader } from './network-header.tsx';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await serverTexts('network'))('title') };
}

export default function Layout({ children }: { children: ReactNode }) {
  return (
    <Guard action="network.view">
      <NetworkHeader />
      {children}
    </Guard>
  );
}
