/** Cities of the state of São Paulo, with [latitude, longitude] of their centers. */
export const cities: readonly (readonly [name: string, lat: number, lng: number])[] = [
  ['Campinas', -22.9056, -47.0608],
  ['Sorocaba', -23.5015, -47.4526],
  ['Jundiaí', -23.1857, -46.8978],
  ['Piracicaba', -22.7253, -47.6492],
  ['Ribeirão Preto', -21.1775, -47.8103],
  ['São Carlos', -22.0174, -47.8909],
  ['Araraquara', -21.7845, -48.1783],
  ['Bauru', -22.3246, -49.0871],
  ['Marília', -22.2139, -49.9458],
  ['São José do Rio Preto', -20.8113, -49.3758],
  ['Presidente Prudente', -22.1207, -51.3925],
  ['Limeira', -22.565, -47.4017],
  ['Americana', -22.7392, -47.3314],
  ['Rio Claro', -22.4149, -47.5651],
  ['Botucatu', -22.8858, -48.445],
  ['Jaú', -22.2967, -48.5578],
  ['Franca', -20.5352, -47.4039],
  ['Barretos', -20.5572, -48.5678],
  ['Catanduva', -21.1379, -48.9728],
  ['Araçatuba', -21.2089, -50.4329],
  ['Taubaté', -23.0204, -45.5556],
  ['São José dos Campos', -23.1896, -45.8841],
  ['Itapetininga', -23.5917, -48.053],
  ['Atibaia', -23.1171, -46.5563],
];

export const districtKinds = ['Jardim', 'Vila', 'Parque', 'Residencial'] as const;
export const districtNames = [
  'Aurora',
  'das Acácias',
  'Bela Vista',
  'Esperança',
  'São Bento',
  'dos Ipês',
] as const;

export const streetKinds = ['Rua', 'Rua', 'Rua', 'Avenida', 'Travessa', 'Alameda'] as const;
export const streetNames = [
  'das Palmeiras',
  'XV de Novembro',
  'Sete de Setembro',
  'Dom Pedro II',
  'Barão de Jaguara',
  'Santos Dumont',
  'Tiradentes',
  'Marechal Deodoro',
  'Princesa Isabel',
  'José Bonifácio',
  'Anita Garibaldi',
  'Castro Alves',
  'Machado de Assis',
  'Cecília Meireles',
  'Carlos Gomes',
  'Monteiro Lobato',
  'Cora Coralina',
  'dos Bandeirantes',
  'Rio Branco',
  'Voluntários da Pátria',
  'São João',
  'Santa Luzia',
  'Nossa Senhora Aparecida',
  'das Hortênsias',
  'dos Jacarandás',
  'do Comércio',
  'da Estação',
  'Ipiranga',
  'Itatiba',
  'Prudente de Moraes',
  'Campos Sales',
  'Rui Barbosa',
] as const;

export const firstNames = [
  'Maria',
  'José',
  'Ana',
  'João',
  'Antônio',
  'Francisca',
  'Carlos',
  'Paulo',
  'Adriana',
  'Juliana',
  'Márcia',
  'Fernanda',
  'Luiz',
  'Pedro',
  'Lucas',
  'Gabriel',
  'Rafael',
  'Patrícia',
  'Aline',
  'Sebastião',
  'Vera Lúcia',
  'Marcelo',
  'Bruna',
  'Camila',
  'Mateus',
  'Rosângela',
  'Terezinha',
  'Caíque',
  'Beatriz',
  'Thiago',
  'Luís Otávio',
  'Conceição',
] as const;

export const lastNames = [
  'da Silva',
  'dos Santos',
  'Oliveira',
  'Souza',
  'Rodrigues',
  'Ferreira',
  'Alves',
  'Pereira',
  'Lima',
  'Gomes',
  'Costa',
  'Ribeiro',
  'Martins',
  'Carvalho',
  'Almeida',
  'Lopes',
  'Soares',
  'Fernandes',
  'Vieira',
  'Barbosa',
  'Rocha',
  'Dias',
  'Nascimento',
  'Andrade',
  'Moreira',
  'Nunes',
  'Mendes',
  'Freitas',
  'Gonçalves',
  'Yamamoto',
  'Rossi',
  'Assunção',
] as const;

export const plans = ['300 Mega', '500 Mega', '700 Mega', '1 Giga', 'Empresa 1 Giga'] as const;
export const poleTypes = [
  'Concreto 9 m / 300 daN',
  'Concreto 11 m / 400 daN',
  'Concreto 12 m / 600 daN',
  'Madeira 9 m',
] as const;
/** Names and ports for clients. */
export const boxTemplates = [
  ['CTO 16 portas', 16],
  ['CTO 8 portas', 8],
  ['CTO NAP 16', 16],
] as const;

export const tags: readonly (readonly [name: string, color: string])[] = [
  ['urgente', '#dc2626'],
  ['vistoriado', '#16a34a'],
  ['poste alugado', '#7c3aed'],
  ['aguarda licença', '#d97706'],
  ['troca de caixa', '#0891b2'],
  ['árvore próxima', '#4d7c0f'],
  ['cliente corporativo', '#1d4ed8'],
  ['reserva técnica', '#64748b'],
];

/** What field teams write: title and observation. `…` is replaced by the element's name. */
export const notes = {
  pole: [
    [
      'Vistoria do poste …',
      'Poste em bom estado. Altura da última fixação conferida: 5,20 m.\nEspaço livre para mais um cabo.',
    ],
    [
      'Poste … inclinado',
      'Inclinação visível para o lado da rua. Avisada a concessionária de energia, protocolo aberto.',
    ],
    [
      'Ocupação do poste …',
      'Três ocupantes além de nós. Cabo telefônico antigo sem uso pode ser retirado.',
    ],
    ['Galhos no vão do poste …', 'Poda pedida à prefeitura. Cabo ainda sem esforço.'],
  ],
  box: [
    ['Certificação da caixa …', 'Potência medida em todas as portas: entre -18,4 e -21,9 dBm.'],
    [
      'Caixa … quase cheia',
      'Restam duas portas livres. Planejar divisor adicional no próximo mês.',
    ],
    ['Troca de tampa da caixa …', 'Tampa quebrada substituída. Vedação refeita, sem umidade.'],
  ],
  cable: [
    [
      'Reserva técnica no cabo …',
      'Deixados 20 m de reserva no poste do meio do vão, cruzeta nova instalada.',
    ],
    ['Rompimento do cabo …', 'Caminhão alto arrancou o vão. Emenda feita no local em 2 h 10 min.'],
  ],
  client: [
    [
      'Instalação em …',
      'Drop de 48 m, fusão na roseta, sinal de -19,7 dBm na ONU. Cliente assinou.',
    ],
    ['Visita técnica em …', 'Wi-Fi fraco no quarto do fundo. Roteador mudado de lugar, sem custo.'],
  ],
} as const;
