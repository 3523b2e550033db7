import {Locker} from '../../index.js';
import {contender} from './contender.js';

void contender((clients, ttlMs) => new Locker(clients, {ttlMs}));
