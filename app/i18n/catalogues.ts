import en from '../messages/en.json';
import es from '../messages/es.json';
import ptBR from '../messages/pt-BR.json';
import type { Locale } from './locales.ts';

export type Messages = typeof en;

/** The texts of each language; a catalogue that lacks a text of the English one does not compile. */
export const catalogues: Record<Locale, Messages> = { en, 'pt-BR': ptBR, es };
