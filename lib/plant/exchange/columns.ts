import type { Locale } from '#errors/locale.ts';

/** The kinds of elements that files carry. */
export const exchangeKinds = ['project', 'pole', 'box', 'cable', 'client'] as const;

export type ExchangeKind = (typeof exchangeKinds)[number];

/** A text in each language of the server. */
export type Titles = Readonly<Record<Locale, string>>;

/**
 * One column of a table in a file. `name`: as the API's input has it, without `Id` or `Ids` at references and tags.
 * `word`: one of `words`, which stand in files in any of the languages, or as the API has them.
 * `reference`: the name of another element. Where several of that kind have it, as `foldName` has names, its external
 * id, unless that is one's name; else its id. `tags`: names of tags, joined by `joinTags`. `path`: positions of a
 * GeoJSON LineString. Texts in cells of CSV are guarded by `guardCell`. In XLSX, what exceeds a cell goes on in the
 * next cells; only paths do, whose column is the last.
 */
export interface ExchangeColumn {
  readonly name: string;
  readonly type: 'text' | 'number' | 'word' | 'reference' | 'tags' | 'path';
  readonly titles: Titles;
  /** Of a word: what the API has, and its text. */
  readonly words?: Readonly<Record<string, Titles>>;
  /** Of a reference: what it refers to. */
  readonly to?: ExchangeKind;
}

const titles = (en: string, ptBR: string, es: string): Titles => ({ en, 'pt-BR': ptBR, es });

const text = (name: string, ...words: Parameters<typeof titles>): ExchangeColumn => ({
  name,
  type: 'text',
  titles: titles(...words),
});

const number = (name: string, ...words: Parameters<typeof titles>): ExchangeColumn => ({
  name,
  type: 'number',
  titles: titles(...words),
});

const reference = (
  name: string,
  to: ExchangeKind,
  ...words: Parameters<typeof titles>
): ExchangeColumn => ({ name, type: 'reference', to, titles: titles(...words) });

/** The element's id on this server: it finds the element again, whatever else of it was changed in the file. */
const id = text('id', 'Id', 'Id', 'Id');
const externalId = text('externalId', 'External id', 'Id externo', 'Id externo');
const name = text('name', 'Name', 'Nome', 'Nombre');
const project = reference('project', 'project', 'Project', 'Projeto', 'Proyecto');
const lat = number('lat', 'Latitude', 'Latitude', 'Latitud');
const lng = number('lng', 'Longitude', 'Longitude', 'Longitud');
const address = text('address', 'Address', 'Endereço', 'Dirección');
const template = text('template', 'Template', 'Modelo', 'Plantilla');
const code = text('code', 'Code', 'Código', 'Código');
const observation = text('observation', 'Observation', 'Observação', 'Observación');
const tags: ExchangeColumn = {
  name: 'tags',
  type: 'tags',
  titles: titles('Tags', 'Etiquetas', 'Etiquetas'),
};

const deploymentStatus: ExchangeColumn = {
  name: 'deploymentStatus',
  type: 'word',
  titles: titles('Deployment', 'Implantação', 'Despliegue'),
  words: {
    PLANNED: titles('Planned', 'Planejado', 'Planificado'),
    DEPLOYED: titles('Deployed', 'Implantado', 'Desplegado'),
    CERTIFIED: titles('Certified', 'Certificado', 'Certificado'),
    REMOVED: titles('Removed', 'Removido', 'Retirado'),
  },
};

const licensingStatus: ExchangeColumn = {
  name: 'licensingStatus',
  type: 'word',
  titles: titles('Licensing', 'Licenciamento', 'Licencia'),
  words: {
    UNKNOWN: titles('Unknown', 'Desconhecido', 'Desconocida'),
    PENDING: titles('Pending', 'Pendente', 'Pendiente'),
    LICENSED: titles('Licensed', 'Licenciado', 'Concedida'),
    REFUSED: titles('Refused', 'Recusado', 'Denegada'),
  },
};

const boxType: ExchangeColumn = {
  name: 'type',
  type: 'word',
  titles: titles('Type', 'Tipo', 'Tipo'),
  words: {
    SPLICE: titles('Splice closure', 'CEO (emenda)', 'Empalme'),
    TERMINATION: titles('Terminal box', 'CTO (atendimento)', 'Terminación (CTO)'),
    DISTRIBUTION: titles('Distribution', 'Distribuição', 'Distribución'),
  },
};

const cableType: ExchangeColumn = {
  name: 'type',
  type: 'word',
  titles: titles('Type', 'Tipo', 'Tipo'),
  words: {
    BACKBONE: titles('Backbone', 'Backbone', 'Troncal'),
    DISTRIBUTION: titles('Distribution', 'Distribuição', 'Distribución'),
    DROP: titles('Drop', 'Drop', 'Acometida'),
  },
};

const clientStatus: ExchangeColumn = {
  name: 'status',
  type: 'word',
  titles: titles('Status', 'Situação', 'Estado'),
  words: {
    PROSPECT: titles('Prospect', 'Prospecto', 'Prospecto'),
    PLANNED: titles('Planned', 'Planejado', 'Planificado'),
    ACTIVE: titles('Active', 'Ativo', 'Activo'),
    SUSPENDED: titles('Suspended', 'Suspenso', 'Suspendido'),
    CANCELLED: titles('Canceled', 'Cancelado', 'Cancelado'),
  },
};

/** The columns of each kind, in the order in which tables have them. */
export const exchangeColumns: Readonly<Record<ExchangeKind, readonly ExchangeColumn[]>> = {
  project: [
    id,
    externalId,
    name,
    text('description', 'Description', 'Descrição', 'Descripción'),
    tags,
  ],
  pole: [
    id,
    externalId,
    name,
    project,
    lat,
    lng,
    text('type', 'Type', 'Tipo', 'Tipo'),
    address,
    licensingStatus,
    text(
      'licensingProtocol',
      'Licensing protocol',
      'Protocolo de licenciamento',
      'Protocolo de licencia',
    ),
    observation,
    tags,
  ],
  box: [
    id,
    externalId,
    name,
    project,
    reference('pole', 'pole', 'Pole', 'Poste', 'Poste'),
    lat,
    lng,
    boxType,
    number('level', 'Level', 'Nível', 'Nivel'),
    template,
    deploymentStatus,
    code,
    number('ports', 'Client ports', 'Portas de clientes', 'Puertos de clientes'),
    observation,
    tags,
  ],
  cable: [
    id,
    externalId,
    name,
    project,
    reference('fromBox', 'box', 'From box', 'Da caixa', 'Desde la caja'),
    reference('toBox', 'box', 'To box', 'Até a caixa', 'Hasta la caja'),
    cableType,
    number('fiberCount', 'Number of fibers', 'Número de fibras', 'Número de fibras'),
    number('tubeCount', 'Number of tubes', 'Número de tubos', 'Número de tubos'),
    template,
    number('lengthMeters', 'Length in meters', 'Comprimento em metros', 'Longitud en metros'),
    deploymentStatus,
    observation,
    tags,
    { name: 'path', type: 'path', titles: titles('Path', 'Traçado', 'Trazado') },
  ],
  client: [
    id,
    externalId,
    name,
    project,
    reference('box', 'box', 'Box', 'Caixa', 'Caja'),
    number('port', 'Port', 'Porta', 'Puerto'),
    lat,
    lng,
    address,
    text('plan', 'Plan', 'Plano', 'Plan'),
    clientStatus,
    code,
    text('onuSerial', 'ONU serial number', 'Número de série da ONU', 'Número de serie de la ONU'),
    reference('drop', 'cable', 'Drop cable', 'Cabo drop', 'Cable drop'),
    observation,
    tags,
  ],
};
