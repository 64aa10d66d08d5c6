import { foldName } from '#text';
import { type ExchangeKind, exchangeColumns, exchangeKinds, type Titles } from './columns.ts';

/**
 * What a column of a file means: the name of a field of `exchangeColumns`; `@pair`: latitude and longitude in one;
 * `@wkt`: a shape as text; `@kind`: what the element is. Null: nobody knows.
 */
export function titleMeaning(title: string): string | null {
  return meanings.get(wordsOf(title)) ?? null;
}

/** Without case, accents and what is no letter or digit, so that `Caixa_de-origem` is `caixa de origem`. */
export function wordsOf(text: string): string {
  return foldName(text.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' '))
    .replaceAll(/\([^()]*\)/g, ' ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

const aliases: Readonly<Record<string, string>> = {
  lat: 'lat, latitude, latitud, y, coord y, coordenada y, point y, lat wgs84',
  lng: 'lng, lon, long, longitude, longitud, x, coord x, coordenada x, point x, lon wgs84',
  '@pair':
    'coordinates, coordenadas, coordenada, lat lng, lat long, lat lon, latitude longitude, localizacao, ubicacion, gps, posicao',
  '@wkt': 'wkt, geometry, geom, wkt geom, geometria, the geom',
  '@kind':
    'kind, element, elemento, element kind, element type, tipo de elemento, especie, clase de elemento, layer, camada, capa, folder, pasta, carpeta',
  name: 'name, nome, nombre, titulo, title, identificacao, identificacion, identificador, label, rotulo, etiqueta do elemento, sigla, nome do cliente, cliente',
  externalId:
    'external id, id externo, externalid, codigo externo, uid, guid, globalid, global id, fid externo, id ozmap, id erp, id geogrid',
  id: 'id fiberkeep, fiberkeep id',
  project:
    'project, projeto, proyecto, rede, red, network, cidade, ciudad, city, municipio, regiao, obra',
  address: 'address, endereco, direccion, logradouro, rua, calle, street, domicilio',
  observation:
    'observation, observacao, observacion, observacoes, observaciones, obs, notes, nota, notas, description, descricao, descripcion, desc, comentario, comentarios, comment, remarks',
  tags: 'tags, etiquetas, marcadores',
  code: 'code, codigo, cod, contrato, contract',
  ports:
    'client ports, ports, portas, puertos, portas de clientes, capacidade, capacity, capacidad, numero de portas, num portas, qtd portas',
  port: 'port, porta, puerto, porta da caixa',
  box: 'box, caixa, caja, cto, caixa cto, caja cto, cto do cliente, box name, nome da caixa, nap',
  pole: 'pole, poste, post, nome do poste',
  fromBox:
    'from box, from, de, origem, origen, caixa de origem, caja de origen, da caixa, desde la caja, ponta a, inicio, caixa inicial',
  toBox:
    'to box, to, para, destino, caixa de destino, caja de destino, ate a caixa, hasta la caja, ponta b, fim, caixa final',
  fiberCount:
    'fiber count, fibers, fibras, fo, numero de fibras, qtd fibras, quantidade de fibras, n fibras, number of fibers, num fibras, cantidad de fibras',
  tubeCount: 'tube count, tubes, tubos, loose, loose tubes, numero de tubos, qtd tubos',
  lengthMeters:
    'length, comprimento, longitud en metros, metragem, extensao, extension, length m, comprimento m, metros, lancamento, distancia, tamanho',
  template: 'template, modelo, plantilla, model, fabricante, marca',
  level: 'level, nivel',
  type: 'type, tipo, box type, cable type, pole type, tipo de caixa, tipo de cabo, tipo de poste, tipo de caja, tipo de cable, material',
  status: 'status, situacao, estado, situacion, client status, status do cliente',
  deploymentStatus:
    'deployment status, deployment, implantacao, despliegue, implantado, status de implantacao, deploymentstatus',
  licensingStatus: 'licensing, licensing status, licenciamento, licencia, situacao da licenca',
  licensingProtocol:
    'licensing protocol, protocolo, protocolo de licenciamento, protocolo de licencia, protocol',
  plan: 'plan, plano, velocidade, speed, velocidad, pacote, paquete',
  onuSerial:
    'onu serial, onu, serial, ont, serial number, numero de serie, sn, serial onu, mac onu, numero de serie da onu, numero de serie de la onu',
  drop: 'drop, drop cable, cabo drop, cable drop',
};

const meanings = new Map<string, string>(titlesOfColumns());
// A word that the field uses means the same in every kind of file, also where it is a title of ours.
for (const [meaning, words] of Object.entries(aliases))
  for (const word of words.split(', ')) meanings.set(word, meaning);

function* titlesOfColumns(): Iterable<[string, string]> {
  for (const kind of exchangeKinds)
    for (const { name, titles } of exchangeColumns[kind])
      for (const title of [name, ...Object.values(titles)]) yield [wordsOf(title), name];
}

/** A kind, and where the word says more, its type. */
export interface KindGuess {
  readonly kind: ExchangeKind;
  readonly type: string | null;
}

const kindWords: readonly (readonly [RegExp, ExchangeKind, string | null])[] = [
  [/\b(drops?|acometidas?)\b/, 'cable', 'DROP'],
  [/\b(backbones?|troncal(es)?|feeders?|alimentador(es)?)\b/, 'cable', 'BACKBONE'],
  [/\b(cabos?|cables?|fios?|routes?|rotas?|rutas?|tramos?|lancamentos?|fibras?)\b/, 'cable', null],
  [/\b(ctos?|naps?|terminal box(es)?|terminations?|atendimento)\b/, 'box', 'TERMINATION'],
  [
    /\b(ceos?|ces?|emendas?|splices?|splice closures?|closures?|empalmes?|mufas?|joints?)\b/,
    'box',
    'SPLICE',
  ],
  [
    /\b(armarios?|distributions?|distribuicao|distribucion|cabinets?|fdhs?)\b/,
    'box',
    'DISTRIBUTION',
  ],
  [/\b(box(es)?|caixas?|cajas?)\b/, 'box', null],
  [/\b(postes?|poles?|posteacao|posteamento)\b/, 'pole', null],
  [
    /\b(clientes?|clients?|customers?|assinantes?|abonados?|suscriptores|subscribers?|casas?|hps?)\b/,
    'client',
    null,
  ],
  [/\b(projects?|projetos?|proyectos?)\b/, 'project', null],
];

/** What a folder, a layer or a name says of its element; null where it says nothing. `CTO-017` is a terminal box. */
export function guessKind(text: string): KindGuess | null {
  const words = wordsOf(text).replaceAll(/(?<=\p{L})(?=\p{N})/gu, ' ');
  const found = kindWords.find(([pattern]) => pattern.test(words));
  return found ? { kind: found[1], type: found[2] } : null;
}

/** The API's word for what stands in a file; null where it is none of them. */
export function readWord(words: Readonly<Record<string, Titles>>, text: string): string | null {
  const wanted = wordsOf(text);
  for (const [word, titles] of Object.entries(words))
    if ([word, ...Object.values(titles)].some((each) => wordsOf(each) === wanted)) return word;
  return null;
}
