import type { ExchangeKind, Titles } from './columns.ts';

/** What files call the tables, sheets and folders of each kind. */
export const kindTitles: Readonly<Record<ExchangeKind, Titles>> = {
  project: { en: 'Projects', 'pt-BR': 'Projetos', es: 'Proyectos' },
  pole: { en: 'Poles', 'pt-BR': 'Postes', es: 'Postes' },
  box: { en: 'Boxes', 'pt-BR': 'Caixas', es: 'Cajas' },
  cable: { en: 'Cables', 'pt-BR': 'Cabos', es: 'Cables' },
  client: { en: 'Clients', 'pt-BR': 'Clientes', es: 'Clientes' },
};
