import { pickerContract } from '../../../framework/picker.contract.ts';
import { randomPicker } from './index.ts';

pickerContract(randomPicker, new URL('.', import.meta.url));
